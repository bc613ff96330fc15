//! The reduction of a convolution's partial sums over the tiles that computed them, in one stage or two.

use crate::{Axis, Digit, Placement, Spare, TileTransfer, numbers};

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
            ReductionStage::Within { group } => self.within(&self.outputs.elements_by_tile(), group),
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
        let places = self.places();
        let mut tile_at = vec![0; tiles as usize];
        for (tile, place) in (0..).zip(&places) {
            tile_at[*place as usize] = tile;
        }
        let party = |place: u64| {
            let own = place % sharers;
            let tile = |sharer: u64| tile_at[(place - own + sharer) as usize];
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
        places.into_iter().map(u64::from).map(party).collect()
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
        let ends_with = |depth: u64| {
            move |outputs: &u64| ReductionShare {
                outputs: *outputs,
                depth,
            }
        };
        let figures = |(share, held)| Figures { share, held };
        match self.stage {
            ReductionStage::Only => {
                let shares = owned.iter().map(ends_with(sharers));
                shares.zip(cells()).map(figures).collect()
            }
            ReductionStage::Within { group } => {
                let shares = self.within(&owned, group).into_iter();
                shares.zip(cells()).map(figures).collect()
            }
            ReductionStage::Over { group } => {
                let shares = owned.iter().map(ends_with(sharers.div_ceil(group)));
                let held = self.within(&owned, group).into_iter().map(|share| share.outputs);
                shares.zip(held).map(figures).collect()
            }
        }
    }

    /// What every tile takes when its group adds up, where tiles own so many elements in the end.
    fn within(&self, owned: &[u64], group: u64) -> Vec<ReductionShare> {
        let places = self.places();
        // Elements of every share of every cell.
        let mut sizes = vec![0; owned.len()];
        for (place, &elements) in places.iter().zip(owned) {
            sizes[*place as usize] = elements;
        }
        let cells = sizes.chunks(self.outputs.spare_parts().max(1) as usize);
        let taken: Vec<ReductionShare> = cells.flat_map(|shares| taken_within(shares, group)).collect();
        places.into_iter().map(|place| taken[place as usize]).collect()
    }

    /// The place of every tile among all: cell after cell, of which it has partial sums, sharer after sharer.
    fn places(&self) -> Vec<u32> {
        let (mut cells, mut sharers) = (self.outputs.spare_parts() as u32, 1);
        let mut digit = |axis: &Axis| {
            let of = if self.outputs.uses(axis) {
                &mut cells
            } else {
                &mut sharers
            };
            let parts = axis.parts as u32;
            let weight = *of;
            *of *= parts;
            Digit { parts, weight }
        };
        let axes = self.outputs.grid.axes.iter().rev();
        let digits: Vec<Digit> = axes.map(&mut digit).collect();
        numbers(&digits)
    }
}

/// Sharers in the group of a sharer.
fn members(sharers: u64, sharer: u64, group: u64) -> u64 {
    group.min(sharers - sharer / group * group)
}

/// What each sharer of a cell takes when its group adds up: of every group's shares those at its own position, and in a group that
/// is not full also those at the positions that nobody has.
fn taken_within(shares: &[u64], group: u64) -> Vec<ReductionShare> {
    let sharers = shares.len() as u64;
    let sums = |members: u64| {
        let mut sums = vec![
            ReductionShare {
                outputs: 0,
                depth: members,
            };
            members as usize
        ];
        for shares in shares.chunks(group as usize) {
            for taken in shares.chunks(members as usize) {
                for (sum, elements) in sums.iter_mut().zip(taken) {
                    sum.outputs += elements;
                }
            }
        }
        sums
    };
    let (full, last) = (sharers / group, sharers % group);
    let mut taken = Vec::with_capacity(shares.len());
    if full > 0 {
        let sums = sums(group);
        (0..full).for_each(|_| taken.extend_from_slice(&sums));
    }
    if last > 0 {
        taken.extend(sums(last));
    }
    taken
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use smallvec::smallvec;

    use super::*;
    use crate::{Cover, Grid, Operand};

    #[test]
    fn groups_take_every_share_once() {
        for sharers in 1..40_u64 {
            let shares: Vec<u64> = (0..sharers).map(|share| 3 * share + 1).collect();
            for group in 1..=sharers {
                let taken = taken_within(&shares, group);
                assert_eq!(taken.len() as u64, sharers);
                for (sharer, share) in (0..).zip(&taken) {
                    assert_eq!(share.depth, members(sharers, sharer, group));
                }
                for members in taken.chunks(group as usize) {
                    let taken: u64 = members.iter().map(|share| share.outputs).sum();
                    assert_eq!(taken, shares.iter().sum::<u64>(), "{sharers} {group}");
                }
            }
        }
    }

    /// Seven elements for each of three cells, whose partial sums so many tiles have.
    fn outputs(sharers: u64) -> Placement {
        Placement {
            grid: Arc::new(Grid::new(
                &[21, sharers],
                [Axis::single(0, 1, 3), Axis::single(1, 1, sharers)],
            )),
            operand: Arc::new(Operand {
                shape: smallvec![21],
                covers: smallvec![Cover::Variables(smallvec![0])],
            }),
            spare: Spare::Shared,
            channel_block: 1,
        }
    }

    #[test]
    fn what_is_sent_is_received_and_every_partial_sum_is_added_once() {
        for sharers in 1..20 {
            for group in 1..=sharers {
                let by_tile = |stage| {
                    let exchange = PartialSumsExchange {
                        outputs: outputs(sharers),
                        stage,
                        element_bytes: 1,
                    };
                    let tiles = exchange.by_tile();
                    let sum = |bytes: fn(&TileTransfer) -> u64| tiles.iter().map(bytes).sum::<u64>();
                    let received = sum(|tile| tile.received_bytes);
                    assert_eq!(sum(|tile| tile.sent_bytes), received, "{stage:?} of {sharers}");
                    received
                };
                // Every partial sum but one of each output moves once, whatever the stages.
                let all = 21 * (sharers - 1);
                assert_eq!(by_tile(ReductionStage::Only), all);
                let stages = [ReductionStage::Within { group }, ReductionStage::Over { group }];
                assert_eq!(
                    stages.map(by_tile).iter().sum::<u64>(),
                    all,
                    "{group} of {sharers}"
                );
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
                    assert_eq!(taken_within(&shares, group)[sharer as usize].outputs, 1);
                }
            }
        }
    }
}
