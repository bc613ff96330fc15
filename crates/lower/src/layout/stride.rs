//! Every so many-th position of a tensor, and back.

use std::sync::Arc;

use smallvec::smallvec;
use tilesim_geometry::{Cover, Grid, Operand, Placement, Window};

use super::Layout;

impl Layout {
    /// The positions that are multiples of `strides` in each spatial dimension, where they lie; `None` where a dimension's
    /// positions are not those of one variable.
    pub(crate) fn subsampled(&self, strides: &[u64]) -> Option<Self> {
        let mut operand = Operand::clone(&self.placement.operand);
        let spatial = operand.covers.iter_mut().zip(&mut operand.shape).skip(2);
        for ((cover, size), &stride) in spatial.zip(strides) {
            // Of one position none is skipped.
            if stride == 1 || *size == 1 {
                continue;
            }
            *size = size.div_ceil(stride);
            *cover = match cover {
                Cover::Variables(variables) => {
                    let [variable] = variables.as_slice() else {
                        return None;
                    };
                    // index · stride = position
                    Cover::Window(Window {
                        output: *variable,
                        kernel: *variable,
                        stride: 1,
                        kernel_dilation: 0,
                        input_dilation: stride,
                        padding_lower: 0,
                        skips: false,
                    })
                }
                // What was spread out is gathered again.
                Cover::Window(window)
                    if window.stride == stride.cast_signed() && window.kernel != window.output =>
                {
                    Cover::Variables(smallvec![window.output])
                }
                Cover::Window(_) | Cover::Progressions(_) => return None,
            };
        }
        Some(self.over(Arc::clone(&self.placement.grid), operand))
    }

    /// A tensor of `shape` whose multiples of `strides` lie where this one's elements do, and what is between them beside
    /// them; `None` where a dimension's positions are not those of one variable.
    pub(crate) fn spread_out(&self, strides: &[u64], shape: &[u64]) -> Option<Self> {
        let mut operand = Operand::clone(&self.placement.operand);
        let mut grid = Grid::clone(&self.placement.grid);
        let spatial = operand.covers.iter_mut().zip(&mut operand.shape).skip(2);
        for (((cover, size), &stride), &full) in spatial.zip(strides).zip(&shape[2..]) {
            if stride == 1 || full == 1 {
                continue;
            }
            let Cover::Variables(variables) = cover else {
                return None;
            };
            let [variable] = variables.as_slice() else {
                return None;
            };
            *size = full;
            *cover = Cover::Window(Window {
                output: *variable,
                kernel: grid.sizes.len() as u8,
                stride: stride.cast_signed(),
                kernel_dilation: 1,
                input_dilation: 1,
                padding_lower: 0,
                skips: false,
            });
            grid.sizes.push(stride);
        }
        Some(self.over(Arc::new(grid), operand))
    }

    fn over(&self, grid: Arc<Grid>, operand: Operand) -> Self {
        Self {
            placement: Placement {
                grid,
                operand: Arc::new(operand),
                ..self.placement.clone()
            },
            order: self.order,
        }
    }
}
