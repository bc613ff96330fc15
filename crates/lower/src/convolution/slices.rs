//! Convolutions that run slice by slice: serial splits.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Cover, Grid, Operand, Placement};
use tilesim_graph::Convolution;
use tilesim_machine::ElementType;
use tilesim_program::{
    Work,
    work::{SliceCopy, Slicing, VectorKernel, VectorWork},
};

use super::space::{BATCH, CHANNEL_IN, CHANNEL_OUT};
use crate::{
    context::Context,
    layout::{Layout, Value},
};
use tilesim_planner::Plan;
use tilesim_terms::ConvolutionPass;

/// Which dimension of a convolution is cut into slices, and into how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slices {
    /// Variable of the iteration space.
    variable: u8,
    /// Slices.
    pub(crate) count: u64,
    /// Grain of the dimension.
    grain: u64,
    /// Whether the slices are summed up, rather than put side by side.
    pub(crate) summed: bool,
}

impl Slices {
    /// The slices of a plan; `None` without serial splits.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let partition = &plan.partition;
        let swapped = plan.transforms.swap_operands;
        if partition.in_channel_serial > 1 {
            Some(Self {
                variable: CHANNEL_IN,
                count: partition.in_channel_serial,
                grain: plan.grouping.in_channels,
                summed: true,
            })
        } else if partition.out_channel_serial > 1 {
            Some(Self {
                variable: if swapped { BATCH } else { CHANNEL_OUT },
                count: partition.out_channel_serial,
                grain: plan.grouping.out_channels,
                summed: false,
            })
        } else {
            None
        }
    }

    /// Whether lowering can slice a convolution by this plan: the sliced channels are those of the network, with nothing folded into
    /// them, and every group has as many slices.
    pub(crate) fn is_lowered(convolution: &Convolution, plan: &Plan) -> bool {
        let transforms = &plan.transforms;
        let partition = &plan.partition;
        let folded = !transforms.out_channel_flatten_dims.is_empty() || transforms.combine_conv_groups > 1;
        let both = partition.in_channel_serial > 1 && partition.out_channel_serial > 1;
        let in_folded = folded || !transforms.expand_dims.is_empty();
        let uneven = Self::of(plan).is_some_and(|slices| {
            let size = match slices.variable {
                CHANNEL_IN => convolution.in_channels_per_group,
                BATCH => convolution.batch,
                _ => convolution.out_channels_per_group,
            };
            convolution.conv_groups > 1 && slices.length(size) * slices.count != size
        });
        !(both
            || uneven
            || (partition.in_channel_serial > 1 && in_folded)
            || (partition.out_channel_serial > 1 && folded))
    }

    /// The forward convolution of one slice of a pass of `forward`.
    pub(crate) fn slice(&self, forward: &Convolution, pass: ConvolutionPass) -> Convolution {
        let mut slice = forward.clone();
        let size = match (pass, self.variable) {
            (ConvolutionPass::Forward, CHANNEL_IN)
            | (ConvolutionPass::InputGradient, CHANNEL_OUT)
            | (ConvolutionPass::WeightGradient, BATCH) => &mut slice.in_channels_per_group,
            (ConvolutionPass::Forward | ConvolutionPass::InputGradient, BATCH)
            | (ConvolutionPass::WeightGradient, CHANNEL_IN) => &mut slice.batch,
            _ => &mut slice.out_channels_per_group,
        };
        *size = self.length(*size);
        slice
    }

    /// Size of a slice of a dimension: all but the last ones have as many whole grains.
    fn length(&self, size: u64) -> u64 {
        (size.div_ceil(self.grain).div_ceil(self.count) * self.grain).min(size)
    }

    /// Whether a tensor is sliced.
    pub(crate) fn cut(&self, layout: &Layout) -> bool {
        layout.placement.operand.depends_on(self.variable)
    }

    /// The whole tensor of `shape`, each slice of which lies as `slice`.
    pub(crate) fn whole(&self, slice: &Layout, shape: &[u64]) -> Layout {
        if !self.cut(slice) {
            return slice.clone();
        }
        let mut grid = Grid::clone(&slice.placement.grid);
        let number = grid.sizes.len() as u8;
        grid.sizes.push(self.count);
        grid.slice = Some(number);
        let mut operand = Operand::clone(&slice.placement.operand);
        operand.shape = SmallVec::from_slice(shape);
        for cover in &mut operand.covers {
            if let Cover::Variables(variables) = cover
                && let Some(position) = variables.iter().position(|variable| *variable == self.variable)
            {
                variables.insert(position, number);
            }
        }
        Layout {
            placement: Placement {
                grid: Arc::new(grid),
                operand: Arc::new(operand),
                ..slice.placement.clone()
            },
            order: slice.order,
        }
    }

    /// Copies the slice of the present round out of the whole.
    pub(crate) fn take(&self, context: &mut Context, name: &str, whole: &Value, slice: Layout) -> Value {
        let data = whole.element_type;
        let variable = context
            .emitter
            .temporary(format!("{name} slice"), &slice.placement, data.bytes());
        context.emitter.compute(
            format!("{name} take slice"),
            self.copy(SliceCopy::Take, &slice, data),
            vec![whole.variable],
            vec![variable],
        );
        Value {
            variable,
            layout: slice,
            element_type: data,
        }
    }

    /// Copies the slice of the present round to its place in the whole.
    pub(crate) fn put(&self, context: &mut Context, name: &str, slice: &Value, whole: &Value) {
        context.emitter.compute(
            format!("{name} put slice"),
            self.copy(SliceCopy::Put, &slice.layout, slice.element_type),
            vec![slice.variable],
            vec![whole.variable],
        );
    }

    fn copy(&self, copy: SliceCopy, slice: &Layout, element_type: ElementType) -> Work {
        let operand = &slice.placement.operand;
        let sizes = &slice.placement.grid.sizes;
        // The one dimension that is cut, and how many of its indices the variables within a slice number.
        let cut = operand.covers.iter().enumerate().find_map(|(dimension, cover)| {
            let Cover::Variables(variables) = cover else {
                return None;
            };
            let position = variables.iter().position(|variable| *variable == self.variable)?;
            let inner = variables[position..]
                .iter()
                .map(|variable| sizes[usize::from(*variable)]);
            Some((dimension as u8, inner.product()))
        });
        let (dimension, length) = cut.unwrap_or((0, 1));
        Work::Vector(VectorWork {
            over: slice.placement.clone(),
            kernel: VectorKernel::DynamicSlice {
                element_type,
                slicing: Slicing {
                    copy,
                    dimension,
                    length,
                    count: self.count,
                },
            },
        })
    }
}
