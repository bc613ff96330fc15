//! Groups of channels that lie side by side.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement};

/// The dimension of channels.
const CHANNELS: usize = 1;

/// What the tiles that touch a tensor of channels touch of one that has an element for every `size` of these channels; `None` where
/// the channels are not cut so that a group can be told.
///
/// Tiles may hold channels of several groups, and those of a group may lie on several tiles.
pub(crate) fn by_group(placement: &Placement, size: u64) -> Option<Placement> {
    let (grid, operand) = by_digits(placement, size).or_else(|| by_intervals(placement, size))?;
    Some(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(operand),
        channel_block: 1,
        ..placement.clone()
    })
}

/// What the tiles that touch a tensor of channels touch of one of so many `groups`, where channel c is in group c mod `groups`. Where that
/// cannot be told from how the channels are cut, every tile touches all groups.
pub(crate) fn by_remainder(placement: &Placement, groups: u64) -> Placement {
    let (grid, operand) = by_last_digits(placement, groups).unwrap_or_else(|| {
        let mut operand = Operand::clone(&placement.operand);
        if let (Some(size), Some(cover)) = (operand.shape.get_mut(CHANNELS), operand.covers.get_mut(CHANNELS))
        {
            *size = groups;
            *cover = Cover::Variables(smallvec![]);
        }
        (Grid::clone(&placement.grid), operand)
    });
    Placement {
        grid: Arc::new(grid),
        operand: Arc::new(operand),
        channel_block: groups.min(placement.channel_block).max(1),
        ..placement.clone()
    }
}

/// A channel's number has the variables of its dimension for digits. What is left of it modulo the groups is what the last digits
/// say, once the digit in which that ends has been taken apart.
fn by_last_digits(placement: &Placement, groups: u64) -> Option<(Grid, Operand)> {
    let mut grid = Grid::clone(&placement.grid);
    let mut operand = Operand::clone(&placement.operand);
    let Cover::Variables(digits) = operand.covers.get_mut(CHANNELS)? else {
        return None;
    };
    let mut kept: SmallVec<[u8; 4]> = SmallVec::new();
    let mut rest = groups;
    while rest > 1 {
        let digit = digits.pop()?;
        let size = grid.sizes.get_mut(usize::from(digit))?;
        if rest.is_multiple_of(*size) {
            rest /= *size;
            kept.insert(0, digit);
        } else if size.is_multiple_of(rest) {
            *size /= rest;
            let inner = grid.sizes.len() as u8;
            grid.sizes.push(rest);
            for axis in &mut grid.axes {
                if let Some(position) = axis.variables.iter().position(|variable| *variable == digit) {
                    axis.variables.insert(position + 1, inner);
                }
            }
            kept.insert(0, inner);
            rest = 1;
        } else {
            return None;
        }
    }
    *digits = kept;
    *operand.shape.get_mut(CHANNELS)? = groups;
    Some((grid, operand))
}

/// A channel's number has the variables of its dimension for digits. Its group is what the leading digits say, once the digit in
/// which groups end has been taken apart.
fn by_digits(placement: &Placement, size: u64) -> Option<(Grid, Operand)> {
    let mut grid = Grid::clone(&placement.grid);
    let mut operand = Operand::clone(&placement.operand);
    let Cover::Variables(digits) = operand.covers.get_mut(CHANNELS)? else {
        return None;
    };
    let mut rest = size;
    while rest > 1 {
        let digit = digits.pop()?;
        let digit_size = grid.sizes.get_mut(usize::from(digit))?;
        if rest.is_multiple_of(*digit_size) {
            rest /= *digit_size;
        } else if digit_size.is_multiple_of(rest) {
            *digit_size /= rest;
            let inner = grid.sizes.len() as u8;
            grid.sizes.push(rest);
            for axis in &mut grid.axes {
                if let Some(position) = axis.variables.iter().position(|variable| *variable == digit) {
                    axis.variables.insert(position + 1, inner);
                }
            }
            digits.push(digit);
            rest = 1;
        } else {
            return None;
        }
    }
    let channels = operand.shape.get_mut(CHANNELS)?;
    *channels = channels.div_ceil(size);
    Some((grid, operand))
}

/// Where one axis cuts the channels into intervals, the same intervals are cut from the flattened group and channel within it.
fn by_intervals(placement: &Placement, size: u64) -> Option<(Grid, Operand)> {
    let mut grid = Grid::clone(&placement.grid);
    let mut operand = Operand::clone(&placement.operand);
    let channels = operand.shape.get_mut(CHANNELS)?;
    let Cover::Variables(digits) = operand.covers.get(CHANNELS)? else {
        return None;
    };
    let value_count = |digit: &u8| grid.sizes[usize::from(*digit)];
    if digits.iter().map(value_count).product::<u64>() != *channels || !channels.is_multiple_of(size) {
        return None;
    }
    let cuts = |axis: &&mut Axis| axis.variables.iter().any(|variable| digits.contains(variable));
    let digits_of = |variables: &[u8]| -> SmallVec<[u8; 4]> {
        let several = variables.iter().copied().filter(|digit| value_count(digit) > 1);
        several.collect()
    };
    let all = digits_of(digits);
    let mut axes: SmallVec<[Axis; 7]> = grid.axes.iter().cloned().collect();
    let mut cutting = axes.iter_mut().filter(cuts);
    let group = grid.sizes.len() as u8;
    let (axis, another) = (cutting.next(), cutting.next());
    let sliced = grid.slice.is_some_and(|slice| digits.contains(&slice));
    if another.is_some() || sliced {
        return None;
    }
    if let Some(axis) = axis {
        let leading = digits_of(&axis.variables);
        let inner: u64 = all
            .strip_prefix(leading.as_slice())?
            .iter()
            .map(value_count)
            .product();
        *axis = Axis::flattened(&[group, group + 1], axis.grain * inner, axis.parts);
    }
    grid.axes = axes;
    *channels /= size;
    grid.sizes.extend([*channels, size]);
    operand.covers[CHANNELS] = Cover::Variables(smallvec![group]);
    Some((grid, operand))
}
