//! A result that lies where its operand does.

use std::{cmp::Reverse, sync::Arc};

use smallvec::SmallVec;
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement};
use tilesim_graph::{Rearrangement, SourceIndex, common_digits};

use super::Seen;
use crate::layout::{Layout, Order, common_run};

/// The operand's elements on the tiles that hold them, as the result has them; `None` where an element is read several times or not
/// at all, or where the way that tiles hold the operand says nothing about the result.
///
/// Variables of the operand's grid are cut into the digits that the rearrangement moves. An axis that flattens several goes on
/// flattening their digits, so that every tile goes on holding what it holds.
pub(super) fn seen(rearrangement: &Rearrangement, held: &Layout) -> Option<Seen> {
    let [source] = rearrangement.sources.as_slice() else {
        return None;
    };
    let placement = &held.placement;
    if !stays_shared_out(rearrangement, source, placement) {
        return None;
    }
    let digits = Digits::of(rearrangement, source, placement)?;
    let grid = Arc::new(digits.grid(&placement.grid)?);
    let over = |shape: &[u64], covers: Vec<Cover>, order: Order| Layout {
        placement: Placement {
            grid: Arc::clone(&grid),
            operand: Arc::new(Operand {
                shape: SmallVec::from_slice(shape),
                covers: covers.into_iter().collect(),
            }),
            spare: placement.spare,
            channel_block: order.channel_block(),
        },
        order,
    };
    let operand = over(&placement.operand.shape, digits.operand.clone(), held.order);
    let shape = rearrangement.shape();
    let covers = digits.result(rearrangement)?;
    // The blocks of channels in which the longest runs stay together; of equal runs those of which a tile has whole ones, or else
    // the largest: it would set aside a block for a single channel.
    let channels: &[u8] = match covers.get(1) {
        Some(Cover::Variables(variables)) => variables,
        _ => &[],
    };
    let blocks = channels.iter().rev().scan(1, |block, variable| {
        *block *= digits.sizes[usize::from(*variable)];
        Some(*block)
    });
    let plain = over(&shape, covers.clone(), Order::Channels { block: 1 }).placement;
    let held_channels = plain.extent(plain.largest_tile()).channels;
    let result = [1, held_channels.min(operand.placement.channel_block).max(1)]
        .into_iter()
        .chain(blocks)
        .map(|block| {
            let result = over(&shape, covers.clone(), Order::Channels { block });
            let padded = held_channels.next_multiple_of(block);
            ((common_run(&operand, &result), Reverse(padded)), result)
        })
        .max_by_key(|(preference, _)| *preference)?
        .1;
    Some(Seen {
        result,
        sources: vec![operand],
    })
}

/// Whether tiles that share a cell of the operand out share the result's out alike: positions in their order, and channels, are the
/// same of both.
fn stays_shared_out(rearrangement: &Rearrangement, source: &[SourceIndex], placement: &Placement) -> bool {
    if placement.spare_parts() == 1 && placement.grid.slice.is_none() {
        return true;
    }
    let long = |variables: &[u8]| -> Vec<u8> {
        let long = |variable: &&u8| rearrangement.sizes[usize::from(**variable)] > 1;
        variables.iter().filter(long).copied().collect()
    };
    let read: Vec<Vec<u8>> = source.iter().map(|index| long(index.variables())).collect();
    let written: Vec<Vec<u8>> = rearrangement.result.iter().map(|own| long(own)).collect();
    let positions = |dimensions: &[Vec<u8>]| -> Vec<u8> {
        let mut positions = dimensions.to_vec();
        if positions.len() > 1 {
            positions.remove(1);
        }
        positions.concat()
    };
    let own = |dimensions: &[Vec<u8>]| -> Vec<Vec<u8>> {
        let positions = dimensions.iter().enumerate().filter(|(place, _)| *place != 1);
        positions
            .map(|(_, own)| own.clone())
            .filter(|own| !own.is_empty())
            .collect()
    };
    read.get(1) == written.get(1)
        && positions(&read) == positions(&written)
        && (own(&read) == own(&written) || cells_are_runs(placement))
}

/// Whether the positions of every cell follow each other in the order of the operand's dimensions. Else a cell is one box where a
/// dimension stands alone and several where it is joined with another, and tiles share out box by box.
fn cells_are_runs(placement: &Placement) -> bool {
    let grid = &placement.grid;
    let is_long = |variable: &&u8| grid.sizes[usize::from(**variable)] > 1;
    let mut positions: Vec<u8> = Vec::new();
    for (dimension, cover) in placement.operand.covers.iter().enumerate() {
        match cover {
            Cover::Variables(variables) if dimension != 1 => {
                positions.extend(variables.iter().filter(is_long));
            }
            Cover::Variables(_) => {}
            Cover::Window(_) | Cover::Progressions(_) => return false,
        }
    }
    let mut cut = grid.axes.iter().filter_map(|axis| {
        let own: Vec<u8> = axis.variables.iter().filter(is_long).copied().collect();
        own.iter()
            .any(|variable| positions.contains(variable))
            .then_some(own)
    });
    match (cut.next(), cut.next()) {
        (None, _) => true,
        // What is cut is outermost; all within it is whole.
        (Some(own), None) => positions.starts_with(&own),
        _ => false,
    }
}

/// The variables of a grid cut into digits.
struct Digits {
    /// Size of each digit.
    sizes: Vec<u64>,
    /// The digits of each variable of the grid, outermost first.
    of_grid: Vec<Option<Vec<u8>>>,
    /// The digits of each variable of the rearrangement.
    moved: Vec<Vec<u8>>,
    /// Digits of one value, which say on which tiles the tensor is.
    fixed: Vec<u8>,
    /// The dimensions of the operand.
    operand: Vec<Cover>,
}

impl Digits {
    fn of(rearrangement: &Rearrangement, source: &[SourceIndex], placement: &Placement) -> Option<Self> {
        let mut digits = Self {
            sizes: Vec::new(),
            of_grid: vec![None; placement.grid.sizes.len()],
            moved: vec![Vec::new(); rearrangement.sizes.len()],
            fixed: Vec::new(),
            operand: Vec::new(),
        };
        let mut read: Vec<u8> = Vec::new();
        let dimensions = placement.operand.covers.iter().zip(&placement.operand.shape);
        for ((cover, size), index) in dimensions.zip(source) {
            let (Cover::Variables(held), SourceIndex::Digits(moved)) = (cover, index) else {
                return None;
            };
            digits.dimension(rearrangement, &placement.grid, (held, *size), moved)?;
            read.extend(moved);
        }
        let is_read = |(variable, size): (usize, &u64)| *size == 1 || read.contains(&(variable as u8));
        rearrangement
            .sizes
            .iter()
            .enumerate()
            .all(is_read)
            .then_some(digits)
    }

    /// Cuts what indexes a dimension of the operand, of a size: the variables of the grid by which it is held, none if it is whole, and
    /// those of the rearrangement.
    fn dimension(
        &mut self,
        rearrangement: &Rearrangement,
        grid: &Grid,
        (held, size): (&[u8], u64),
        moved: &[u8],
    ) -> Option<()> {
        let sizes = |variables: &[u8], sizes: &[u64]| -> Vec<u64> {
            variables
                .iter()
                .map(|variable| sizes[usize::from(*variable)])
                .collect()
        };
        let of_grid = sizes(held, &grid.sizes);
        let of_moved = sizes(moved, &rearrangement.sizes);
        let mut operand: SmallVec<[u8; 4]> = SmallVec::new();
        if held.is_empty() {
            // Whole on every tile.
            for variable in moved {
                let digit = self.digit(rearrangement.sizes[usize::from(*variable)])?;
                self.moved[usize::from(*variable)] = vec![digit];
                operand.push(digit);
            }
            self.operand.push(Cover::Variables(operand));
            return Some(());
        }
        let common = if of_grid.iter().product::<u64>() == size {
            common_digits(&of_grid, &of_moved)?
        } else {
            // Blocks the last of which is not full stay in one piece, and outermost in the result.
            let of_size = |variable: &&u8| rearrangement.sizes[usize::from(**variable)] == size;
            let whole = moved.iter().find(of_size)?;
            let mut dimensions = rearrangement.result.iter();
            let place = dimensions.find_map(|own| own.iter().position(|variable| variable == whole))?;
            if place > 0 {
                return None;
            }
            let mut all: Vec<u8> = Vec::new();
            for (variable, size) in held.iter().zip(&of_grid) {
                let digit = self.digit(*size)?;
                self.of_grid[usize::from(*variable)] = Some(vec![digit]);
                all.push(digit);
            }
            self.moved[usize::from(*whole)].clone_from(&all);
            self.operand.push(Cover::Variables(all.into_iter().collect()));
            return Some(());
        };
        let first = self.sizes.len();
        for size in common.sizes {
            self.digit(size)?;
        }
        let numbered = |digits: Vec<usize>| -> Vec<u8> {
            digits.into_iter().map(|digit| (first + digit) as u8).collect()
        };
        for ((variable, own), size) in held.iter().zip(common.left).zip(of_grid) {
            let mut own = numbered(own);
            if size == 1 {
                let fixed = self.digit(1)?;
                self.fixed.push(fixed);
                own.push(fixed);
            }
            operand.extend_from_slice(&own);
            self.of_grid[usize::from(*variable)] = Some(own);
        }
        for (variable, own) in moved.iter().zip(common.right) {
            self.moved[usize::from(*variable)] = numbered(own);
        }
        self.operand.push(Cover::Variables(operand));
        Some(())
    }

    /// One more digit.
    fn digit(&mut self, size: u64) -> Option<u8> {
        self.sizes.push(size);
        u8::try_from(self.sizes.len() - 1).ok()
    }

    /// The grid over the digits, and what else it has of variables.
    fn grid(&self, grid: &Grid) -> Option<Grid> {
        let mut sizes = self.sizes.clone();
        let mut of_grid: Vec<Vec<u8>> = Vec::new();
        for (own, size) in self.of_grid.iter().zip(&grid.sizes) {
            if let Some(own) = own {
                of_grid.push(own.clone());
            } else {
                sizes.push(*size);
                of_grid.push(vec![u8::try_from(sizes.len() - 1).ok()?]);
            }
        }
        let axes = grid.axes.iter().map(|axis| Axis {
            variables: axis
                .variables
                .iter()
                .flat_map(|variable| of_grid[usize::from(*variable)].iter().copied())
                .collect(),
            ..*axis
        });
        let mut refined = Grid::new(&sizes, axes);
        if let Some(slice) = grid.slice {
            let [slice] = of_grid[usize::from(slice)].as_slice() else {
                return None;
            };
            refined.slice = Some(*slice);
        }
        Some(refined)
    }

    /// The dimensions of the result. Digits of one value join those of its first.
    fn result(&self, rearrangement: &Rearrangement) -> Option<Vec<Cover>> {
        let mut covers: Vec<SmallVec<[u8; 4]>> = rearrangement
            .result
            .iter()
            .map(|variables| {
                let digits = variables
                    .iter()
                    .map(|variable| &self.moved[usize::from(*variable)]);
                digits.flatten().copied().collect()
            })
            .collect();
        match covers.first_mut() {
            Some(first) => first.extend_from_slice(&self.fixed),
            None if self.fixed.is_empty() => {}
            None => return None,
        }
        Some(covers.into_iter().map(Cover::Variables).collect())
    }
}
