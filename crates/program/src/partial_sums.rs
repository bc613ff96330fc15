//! The reduction of a convolution's partial sums over the tiles that computed them, in one stage or two.

use crate::{
    TileTransfer,
    geometry::{Placement, Spare},
};

/// Which part of a reduction an exchange serves.
///
/// The sharers of a cell are numbered in the order of tiles; sharer `s` ends up with share `s` of the outputs. With two stages,
/// `group` neighbouring sharers (fewer in the last group) first add up among themselves: each takes the shares whose number
/// leaves its own position in the group as remainder. Then the owner of a share adds up the sums of all groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReductionStage {
    /// All at once.
    Only,
    /// Within groups.
    Within {
        /// Sharers of a group.
        group: u64,
    },
    /// Over groups.
    Over {
        /// Sharers of a group.
        group: u64,
    },
}

/// One stage of a reduction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartialSumsExchange {
    /// The outputs, shared out among the tiles that each have partial sums of the whole cell.
    pub outputs: Placement,
    /// The stage.
    pub stage: ReductionStage,
    /// Bytes of one partial sum.
    pub element_bytes: u64,
}

/// What one tile adds up in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReductionShare {
    /// Elements that it is left with.
    pub outputs: u64,
    /// Partial sums of each, its own included.
    pub depth: u64,
}

/// Who a tile is in a stage, and whose partial sums it adds up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReductionParty {
    /// Its number among those that share its cell.
    pub sharer: u64,
    /// Tiles whose shares of the outputs it is left with.
    pub takes: Vec<u64>,
    /// Tiles whose partial sums of those it adds up, its own among them, in the order of sharers.
    pub contributors: Vec<u64>,
}

/// A tile's figures in a stage.
struct Figures {
    share: ReductionShare,
    /// Elements that it has partial sums of before the stage.
    held: u64,
}

impl PartialSumsExchange {
    /// What every tile adds up.
    pub fn shares_by_tile(&self) -> Vec<ReductionShare> {
        let owned_of = |depth: u64| {
            self.outputs
                .by_elements(|outputs| ReductionShare { outputs, depth })
        };
        let sharers = self.outputs.spare_parts();
        match self.stage {
            ReductionStage::Only => owned_of(sharers),
            ReductionStage::Over { group } => owned_of(sharers.div_ceil(group)),
            ReductionStage::Within { .. } => {
                self.figures().into_iter().map(|figures| figures.share).collect()
            }
        }
    }

    /// What every tile sends and receives.
    pub fn by_tile(&self) -> Vec<TileTransfer> {
        self.figures()
            .into_iter()
            .map(|Figures { share, held }| {
                let others = if share.outputs == 0 { 0 } else { share.depth - 1 };
                TileTransfer {
                    received_bytes: share.outputs * (share.depth - 1) * self.element_bytes,
                    shared_bytes: 0,
                    sent_bytes: (held - share.outputs) * self.element_bytes,
                    resident_bytes: share.outputs * self.element_bytes,
                    joined_bytes: 0,
                    messages: others,
                    senders: others,
                }
            })
            .collect()
    }

    /// What every tile has to do with which others.
    pub fn parties(&self) -> Vec<ReductionParty> {
        let sharers = self.outputs.spare_parts();
        let tiles = self.outputs.grid.tiles();
        let seats: Vec<Seat> = self.seats();
        let mut seated = vec![0; tiles as usize];
        for (tile, seat) in (0..).zip(&seats) {
            seated[(seat.cell * sharers + seat.sharer) as usize] = tile;
        }
        let party = |seat: &Seat| {
            let tile = |sharer: u64| seated[(seat.cell * sharers + sharer) as usize];
            let own = seat.sharer;
            let (takes, contributors) = match self.stage {
                ReductionStage::Only => (vec![tile(own)], (0..sharers).map(tile).collect()),
                ReductionStage::Within { group } => {
                    let first = own / group * group;
                    let members = members(sharers, own, group);
                    (
                        (0..sharers)
                            .filter(|share| share % group % members == own % group)
                            .map(tile)
                            .collect(),
                        (first..first + members).map(tile).collect(),
                    )
                }
                ReductionStage::Over { group } => (
                    vec![tile(own)],
                    (0..sharers)
                        .step_by(group as usize)
                        .map(|first| tile(first + own % group % members(sharers, first, group)))
                        .collect(),
                ),
            };
            ReductionParty {
                sharer: own,
                takes,
                contributors,
            }
        };
        seats.iter().map(party).collect()
    }

    fn figures(&self) -> Vec<Figures> {
        let sharers = self.outputs.spare_parts();
        let owned = self.outputs.elements_by_tile();
        // Before the first stage every tile has partial sums of its whole cell.
        let cells = || {
            let replicated = Placement {
                spare: Spare::Replicated,
                ..self.outputs.clone()
            };
            replicated.elements_by_tile().into_iter()
        };
        let figures = |outputs, depth, held| Figures {
            share: ReductionShare { outputs, depth },
            held,
        };
        match self.stage {
            ReductionStage::Only => {
                let tiles = owned.into_iter().zip(cells());
                tiles.map(|(own, cell)| figures(own, sharers, cell)).collect()
            }
            ReductionStage::Within { group } => {
                let taken = self.taken_within(&owned, group).into_iter().zip(cells());
                taken
                    .map(|((seat, taken), cell)| figures(taken, members(sharers, seat.sharer, group), cell))
                    .collect()
            }
            ReductionStage::Over { group } => {
                let taken = owned.iter().zip(self.taken_within(&owned, group));
                taken
                    .map(|(own, (_, taken))| figures(*own, sharers.div_ceil(group), taken))
                    .collect()
            }
        }
    }

    /// Who every tile is, and the elements that it takes when its group adds up, where tiles own so many in the end.
    fn taken_within(&self, owned: &[u64], group: u64) -> Vec<(Seat, u64)> {
        let sharers = self.outputs.spare_parts();
        let seats = self.seats();
        // Elements of every share of every cell.
        let mut sizes = vec![0; owned.len()];
        for (seat, &elements) in seats.iter().zip(owned) {
            sizes[(seat.cell * sharers + seat.sharer) as usize] = elements;
        }
        let cells: Vec<CellShares> = sizes
            .chunks(sharers.max(1) as usize)
            .map(|shares| CellShares::new(shares, group))
            .collect();
        let taken = |seat: Seat| (seat, cells[seat.cell as usize].taken_within(seat.sharer, group));
        seats.into_iter().map(taken).collect()
    }

    /// The cell that every tile has partial sums of, and its number among those that do.
    fn seats(&self) -> Vec<Seat> {
        let mut seats = vec![Seat { cell: 0, sharer: 0 }];
        let (mut cells, mut sharers) = (1, 1);
        // From the innermost axis outwards, so that what is repeated is long.
        for axis in self.outputs.grid.axes.iter().rev() {
            let (of_cell, of_sharer) = if self.outputs.uses(axis) {
                (cells, 0)
            } else {
                (0, sharers)
            };
            cells += of_cell * (axis.parts - 1);
            sharers += of_sharer * (axis.parts - 1);
            let inner = seats.len();
            seats.reserve(inner * (axis.parts as usize).saturating_sub(1));
            for digit in 1..axis.parts {
                for seat in 0..inner {
                    let Seat { cell, sharer } = seats[seat];
                    seats.push(Seat {
                        cell: cell + digit * of_cell,
                        sharer: sharer + digit * of_sharer,
                    });
                }
            }
        }
        seats
    }
}

/// Which cell a tile has partial sums of, and which of its sharers it is.
#[derive(Debug, Clone, Copy)]
struct Seat {
    cell: u64,
    sharer: u64,
}

/// Sharers in the group of a sharer.
fn members(sharers: u64, sharer: u64, group: u64) -> u64 {
    group.min(sharers - sharer / group * group)
}

/// The shares of a cell's outputs, summed up once for all of its sharers.
struct CellShares {
    sharers: u64,
    /// Elements of the shares at each position of a full group.
    at_position: Vec<u64>,
    /// The same for the last group when it is not full: those at the positions that nobody has there are its too.
    at_last_position: Vec<u64>,
}

impl CellShares {
    fn new(shares: &[u64], group: u64) -> Self {
        let sharers = shares.len() as u64;
        let sums = |group: u64, members: u64| {
            let mut sums = vec![0; members as usize];
            for shares in shares.chunks(group as usize) {
                for taken in shares.chunks(members as usize) {
                    for (sum, elements) in sums.iter_mut().zip(taken) {
                        *sum += elements;
                    }
                }
            }
            sums
        };
        let at_last_position = match sharers % group {
            0 => Vec::new(),
            members => sums(group, members),
        };
        Self {
            sharers,
            at_position: sums(group, group),
            at_last_position,
        }
    }

    /// Elements that a sharer takes when its group adds up: of every group's shares those at its own position, and in a group
    /// that is not full also those at the positions that nobody has.
    fn taken_within(&self, sharer: u64, group: u64) -> u64 {
        let sums = if members(self.sharers, sharer, group) == group {
            &self.at_position
        } else {
            &self.at_last_position
        };
        sums[(sharer % group) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_take_every_share_once() {
        for sharers in 1..40_u64 {
            let shares: Vec<u64> = (0..sharers).map(|share| 3 * share + 1).collect();
            for group in 1..=sharers {
                for first in (0..sharers).step_by(group as usize) {
                    let members = members(sharers, first, group);
                    let cell = CellShares::new(&shares, group);
                    let taken: u64 = (first..first + members)
                        .map(|sharer| cell.taken_within(sharer, group))
                        .sum();
                    assert_eq!(taken, shares.iter().sum::<u64>(), "{sharers} {group} {first}");
                }
            }
        }
    }

    #[test]
    fn a_sharer_takes_its_own_share_within_its_group() {
        for sharers in 1..40_u64 {
            for group in 1..=sharers {
                for sharer in 0..sharers {
                    let mut shares = vec![0; sharers as usize];
                    shares[sharer as usize] = 1;
                    let cell = CellShares::new(&shares, group);
                    assert_eq!(cell.taken_within(sharer, group), 1);
                }
            }
        }
    }
}
