//! Windowed pooling.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_geometry::{Cover, Interval, Operand, Window as Sliding};
use tilesim_program::{vertex::vector::PoolingKind, work::PoolingWork};

use super::{functions, indices::each_index};
use crate::{
    ExecError,
    regions::Regions,
    site::Site,
    store::{VariableValues, Window},
};

/// Pools the windows of every output that a tile holds.
pub(crate) fn pooling(
    site: &Site<'_>,
    work: &PoolingWork,
    operands: &[(&str, &VariableValues)],
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let &[(name, input), ..] = operands else {
        return Err(site.malformed("a pooling without input"));
    };
    let windows = windows(&work.input).ok_or_else(|| site.unsupported("a pooling of this layout"))?;
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let Some(held) = input.window(tile) else {
                return Ok(Vec::new());
            };
            pool(work, &windows, &output, tile, &held).map_err(|index| site.missing(tile, name, index))
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// The gradient of a pooling's input from that of its output, its input and its output: every element takes the gradients of the
/// windows that it is a largest element of.
pub(crate) fn maximum_gradient(
    site: &Site<'_>,
    work: &PoolingWork,
    [gradient, input, pooled]: [(&str, &VariableValues); 3],
    output: Arc<Regions>,
) -> Result<VariableValues, ExecError> {
    let windows = windows(&work.input).ok_or_else(|| site.unsupported("a pooling of this layout"))?;
    let kernel: Vec<Interval> = work
        .kernel
        .window
        .iter()
        .map(|size| Interval::full(*size))
        .collect();
    let values = (0..output.tiles())
        .into_par_iter()
        .map(|tile| {
            let [gradient, input, pooled] =
                [gradient, input, pooled].map(|(name, held)| (name, held.window(tile)));
            let get = |(name, held): &(&str, Option<Window>), index: &[u64]| {
                let value = held.as_ref().and_then(|held| held.get(index));
                value.ok_or_else(|| site.missing(tile, name, index.to_vec()))
            };
            let mut values = Vec::with_capacity(output.tile(tile).elements());
            for cuboid in output.tile(tile).iter() {
                each_index(cuboid, |index| {
                    let own = get(&input, index)?;
                    let mut sum = 0.0;
                    each_index(&kernel, |position| {
                        if let Some(window) = reached(&windows, &work.input.shape, index, position)
                            && own >= get(&pooled, &window)?
                        {
                            sum += get(&gradient, &window)?;
                        }
                        Ok(())
                    })?;
                    values.push(sum);
                    Ok(())
                })?;
            }
            Ok(values)
        })
        .collect::<Result<_, _>>()?;
    Ok(VariableValues {
        regions: output,
        values,
    })
}

/// The element that an index touches with a kernel position, if it exists.
fn reached(windows: &[&Sliding], shape: &[u64], index: &[u64], kernel: &[u64]) -> Option<Vec<u64>> {
    let mut reached = index.to_vec();
    for (d, window) in windows.iter().enumerate() {
        let position = window.position(index[2 + d], kernel[d])?;
        if position >= shape[2 + d] {
            return None;
        }
        reached[2 + d] = position;
    }
    Some(reached)
}

/// The windows over the spatial dimensions.
fn windows(input: &Operand) -> Option<Vec<&Sliding>> {
    input
        .covers
        .iter()
        .skip(2)
        .map(|cover| match cover {
            Cover::Window(window) => Some(window),
            Cover::Variables(_) | Cover::Progressions(_) => None,
        })
        .collect()
}

/// The outputs of a tile, or the index of the input that is missing.
fn pool(
    work: &PoolingWork,
    windows: &[&Sliding],
    output: &Regions,
    tile: usize,
    held: &Window,
) -> Result<Vec<f32>, Vec<u64>> {
    let size = &work.input.shape[2..];
    let mut values = Vec::new();
    for cuboid in output.tile(tile).iter() {
        each_index(cuboid, |index| -> Result<(), Vec<u64>> {
            let spatial = || windows.iter().zip(&work.kernel.window).zip(&index[2..]).zip(size);
            // Kernel positions that read inside the input.
            let inside: Vec<Interval> = spatial()
                .map(|(((window, kernel), position), size)| {
                    let beyond = (*size - 1) * window.input_dilation + 1;
                    within(window, *kernel, *position, 0, beyond.cast_signed())
                })
                .collect();
            let divisor = work.divisor.as_ref().map(|counted| {
                let counted = spatial().zip(counted);
                let counts = counted.map(|((((window, kernel), position), size), [lower, upper])| {
                    let (start, end) = (-lower.cast_signed(), (size + upper).cast_signed());
                    within(window, *kernel, *position, start, end).len()
                });
                counts.product::<u64>().max(1)
            });
            values.push(one(work, windows, index, (&inside, divisor), held)?);
            Ok(())
        })?;
    }
    Ok(values)
}

/// The kernel positions that, for an output position, touch places from `start` to `end` of the input.
fn within(window: &Sliding, kernel: u64, output: u64, start: i64, end: i64) -> Interval {
    let first = output.cast_signed() * window.stride - window.padding_lower;
    // The first kernel position from a place on; most windows are dense.
    let from = |place: i64| {
        let distance = (place - first).max(0).cast_unsigned();
        let position = match window.kernel_dilation {
            1 => distance,
            dilation => distance.div_ceil(dilation),
        };
        position.min(kernel)
    };
    Interval::new(from(start), from(end))
}

/// One output, from the kernel positions that read inside the input and what their sum is divided by.
fn one(
    work: &PoolingWork,
    windows: &[&Sliding],
    output: &[u64],
    (inside, divisor): (&[Interval], Option<u64>),
    held: &Window,
) -> Result<f32, Vec<u64>> {
    let mut result = match work.kernel.kind {
        PoolingKind::Maximum => f32::NEG_INFINITY,
        PoolingKind::Sum | PoolingKind::MaximumGradient => 0.0,
    };
    let count: u64 = inside.iter().map(|interval| interval.len()).product();
    if count == 0 {
        return Ok(result);
    }
    let mut index = output.to_vec();
    each_index(inside, |kernel| -> Result<(), Vec<u64>> {
        let mut between = false;
        for (d, window) in windows.iter().enumerate() {
            let first = output[2 + d].cast_signed() * window.stride - window.padding_lower;
            let reach = kernel[d] * window.kernel_dilation;
            let place = (first + reach.cast_signed()).cast_unsigned();
            between |= !place.is_multiple_of(window.input_dilation);
            index[2 + d] = place / window.input_dilation;
        }
        // Between dilated elements there is nothing.
        if between {
            return Ok(());
        }
        let value = held.get(&index).ok_or_else(|| index.clone())?;
        result = match work.kernel.kind {
            PoolingKind::Maximum => functions::maximum(result, value),
            PoolingKind::Sum | PoolingKind::MaximumGradient => result + value,
        };
        Ok(())
    })?;
    Ok(match divisor {
        Some(divisor) => result / divisor as f32,
        None => result,
    })
}
