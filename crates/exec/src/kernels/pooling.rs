//! Windowed pooling.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_program::{
    geometry::{Cover, Interval, Operand, Window as Sliding},
    vertex::vector::PoolingKind,
    work::PoolingWork,
};

use crate::{
    ExecError,
    executor::Site,
    store::{Held, Regions, Window},
};

/// Pools the windows of every output that a tile holds.
pub(crate) fn pooling(
    site: &Site<'_>,
    work: &PoolingWork,
    operands: &[(&str, &Held)],
    output: Arc<Regions>,
) -> Result<Held, ExecError> {
    let &[(name, input), ..] = operands else {
        return Err(site.malformed("a pooling without input"));
    };
    if work.kernel.kind == PoolingKind::MaximumGradient {
        return Err(site.unsupported("the gradient of a largest element"));
    }
    let windows = windows(&work.input).ok_or_else(|| site.unsupported("a pooling of this layout"))?;
    let values = (0..output.tiles.len())
        .into_par_iter()
        .map(|tile| {
            let held = match (input.regions.tiles.get(tile), input.values.get(tile)) {
                (Some(region), Some(values)) => Window::new(region, values),
                _ => return Ok(Vec::new()),
            };
            pool(work, &windows, &output, tile, &held).map_err(|index| site.missing(tile, name, index))
        })
        .collect::<Result<_, _>>()?;
    Ok(Held {
        regions: output,
        values,
    })
}

/// The windows over the spatial dimensions.
fn windows(input: &Operand) -> Option<Vec<&Sliding>> {
    input
        .covers
        .iter()
        .skip(2)
        .map(|cover| match cover {
            Cover::Window(window) => Some(window),
            Cover::Variables(_) => None,
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
    for cuboid in output.tiles[tile].boxes() {
        let mut index: Vec<u64> = cuboid.iter().map(|interval| interval.start).collect();
        loop {
            // Kernel positions that read inside the input.
            let inside: Vec<Interval> = windows
                .iter()
                .zip(&work.kernel.window)
                .zip(&index[2..])
                .zip(size)
                .map(|(((window, kernel), position), size)| {
                    let first = position.cast_signed() * window.stride - window.padding_lower;
                    let start = (-first).max(0).cast_unsigned().min(*kernel);
                    let beyond = (*size - 1) * window.input_dilation + 1;
                    let end = (beyond.cast_signed() - first).max(0).cast_unsigned().min(*kernel);
                    Interval::new(start, end)
                })
                .collect();
            values.push(one(work, windows, &index, &inside, held)?);
            if !advance(&mut index, cuboid) {
                break;
            }
        }
    }
    Ok(values)
}

/// One output.
fn one(
    work: &PoolingWork,
    windows: &[&Sliding],
    output: &[u64],
    inside: &[Interval],
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
    let mut kernel: Vec<u64> = inside.iter().map(|interval| interval.start).collect();
    let mut index = output.to_vec();
    loop {
        let mut between = false;
        for (d, window) in windows.iter().enumerate() {
            let first = output[2 + d].cast_signed() * window.stride - window.padding_lower;
            let place = (first + kernel[d].cast_signed()).cast_unsigned();
            between |= !place.is_multiple_of(window.input_dilation);
            index[2 + d] = place / window.input_dilation;
        }
        // Between dilated elements there is nothing.
        if between {
            if !advance(&mut kernel, inside) {
                break;
            }
            continue;
        }
        let value = held.get(&index).ok_or_else(|| index.clone())?;
        result = match work.kernel.kind {
            PoolingKind::Maximum => result.max(value),
            PoolingKind::Sum | PoolingKind::MaximumGradient => result + value,
        };
        if !advance(&mut kernel, inside) {
            break;
        }
    }
    Ok(if work.mean_inside {
        result / count as f32
    } else {
        result
    })
}

/// The next index of a box in row-major order; false behind the last.
pub(super) fn advance(index: &mut [u64], cuboid: &[Interval]) -> bool {
    for (digit, interval) in index.iter_mut().zip(cuboid).rev() {
        *digit += 1;
        if *digit < interval.end {
            return true;
        }
        *digit = interval.start;
    }
    false
}
