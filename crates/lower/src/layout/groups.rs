//! Groups of channels that lie side by side.

use std::sync::Arc;

use tilesim_program::geometry::{Cover, Grid, Operand, Placement};

/// What the tiles that touch a tensor of channels touch of one that has an element for every `size` of these channels; `None` where
/// the channels are not cut so that a group can be told.
///
/// A channel's number has the variables of its dimension for digits. Its group is what the leading digits say, once the digit in
/// which groups end has been taken apart.
pub(crate) fn by_group(placement: &Placement, size: u64) -> Option<Placement> {
    const CHANNELS: usize = 1;
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
    Some(Placement {
        grid: Arc::new(grid),
        operand: Arc::new(operand),
        channel_block: 1,
        ..placement.clone()
    })
}
