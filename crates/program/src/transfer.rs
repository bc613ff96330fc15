//! Transfers: a tensor moves from where it is held to where it is needed.

use std::borrow::Cow;

use crate::geometry::{Component, Factors, Fusion, Overlaps, Placement, Spare, joint_blocks, views};

/// One tensor's move within an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Where each element is: every element on one tile.
    pub from: Placement,
    /// Where elements are needed.
    pub to: Placement,
    /// Bytes of one element.
    pub element_bytes: u64,
}

/// What one tile does in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TileTransfer {
    /// Bytes that it receives.
    pub received_bytes: u64,
    /// Of those: bytes that its neighbour on the same exchange bus receives too.
    pub shared_bytes: u64,
    /// Bytes that it sends; a byte for many listeners counts once.
    pub sent_bytes: u64,
    /// Bytes that it needs and holds already.
    pub resident_bytes: u64,
    /// Contiguous runs that it receives (an upper bound).
    pub messages: u64,
}

impl Transfer {
    /// What every tile does, up to the last tile that takes part.
    ///
    /// Bytes received are exact. A tile sends what it holds of the smallest box that all needs lie in, less what it alone
    /// needs; for windows over flattened positions nothing counts as needed by one tile alone. `tiles_per_bus` tiles with
    /// consecutive numbers share an exchange bus.
    pub fn by_tile(&self, tiles_per_bus: u64) -> Vec<TileTransfer> {
        let [from, to] = views([&self.from, &self.to], Fusion::All);
        let (from, to) = (Factors::new(&from), Factors::new(&to));
        let multicast = self.to.spare == Spare::Replicated && self.to.spare_parts() > 1;
        let owns_needs = to.components.iter().all(Component::is_disjoint);
        let (holders, needers) = (self.from.grid.tiles() as usize, self.to.grid.tiles() as usize);
        let mut counts = vec![Counts::UNIT; holders.max(needers)];
        let blocks = joint_blocks(&from, &to);
        let mut same_need = vec![true; needers / 2];
        for block in &blocks {
            let (hold, hold_entries) = from.block(block, |component| Cow::Borrowed(component.table()));
            let (need, need_entries) = to.block(block, |component| Cow::Borrowed(component.table()));
            let anywhere = to.whole(block);
            let wanted: Vec<u64> = (0..hold.len())
                .map(|entry| hold.overlap(entry, &anywhere, 0))
                .collect();
            let reaches: Vec<_> = from
                .within(block)
                .map(|component| from.reach(component, block))
                .collect();
            let needed: Vec<(u64, u64)> = (0..need.len())
                .map(|entry| {
                    let runs = |cuboid| reaches.iter().map(|reach| reach.runs(cuboid)).product::<u64>();
                    (need.volume(entry), need.entry(entry).map(runs).sum())
                })
                .collect();
            for (count, entry) in counts.iter_mut().zip(&hold_entries) {
                count.wanted *= wanted[*entry as usize];
            }
            for (count, entry) in counts.iter_mut().zip(&need_entries) {
                let (elements, runs) = needed[*entry as usize];
                count.needed *= elements;
                count.runs *= runs;
            }
            let both = hold_entries.iter().zip(&need_entries);
            let mut overlaps = Overlaps::new(&hold, &need, counts.len());
            for (count, (held, needed)) in counts.iter_mut().zip(both) {
                count.resident *= overlaps.of(*held, *needed);
            }
            if !multicast && !owns_needs {
                let (alone, alone_entries) = to.block(block, Component::exclusive);
                let mut overlaps = Overlaps::new(&hold, &alone, counts.len());
                for (count, (held, needed)) in counts.iter_mut().zip(hold_entries.iter().zip(&alone_entries))
                {
                    count.kept *= overlaps.of(*held, *needed);
                }
            }
            for (same, pair) in same_need.iter_mut().zip(need_entries.chunks_exact(2)) {
                *same &= pair[0] == pair[1]
                    || need.intervals(pair[0] as usize) == need.intervals(pair[1] as usize);
            }
        }
        let bytes = self.element_bytes;
        let mut result: Vec<TileTransfer> = counts
            .iter()
            .enumerate()
            .map(|(tile, count)| {
                let (holds, needs) = (tile < holders, tile < needers);
                let needed = if needs { count.needed } else { 0 };
                let resident = if holds && needs { count.resident } else { 0 };
                let kept = match (holds && needs, multicast, owns_needs) {
                    (false, ..) | (_, true, _) => 0,
                    (true, false, true) => count.resident,
                    (true, false, false) => count.kept,
                };
                let received = needed - resident;
                TileTransfer {
                    received_bytes: received * bytes,
                    shared_bytes: 0,
                    sent_bytes: if holds { (count.wanted - kept) * bytes } else { 0 },
                    resident_bytes: resident * bytes,
                    messages: if received == 0 {
                        0
                    } else {
                        (count.runs - u64::from(resident > 0)).max(1)
                    },
                }
            })
            .collect();
        if tiles_per_bus == 2 {
            for ((pair, count), same) in result
                .chunks_exact_mut(2)
                .zip(counts.chunks_exact(2))
                .zip(same_need)
            {
                if !same || count[0].needed == 0 {
                    continue;
                }
                // What either tile of the pair holds itself, the other receives alone.
                let alone: u64 = pair.iter().map(|tile| tile.resident_bytes).sum();
                let common = (count[0].needed * bytes).saturating_sub(alone);
                for tile in pair {
                    tile.shared_bytes = common.min(tile.received_bytes);
                }
            }
        }
        result
    }

    /// Contiguous bytes that survive the change of layout: the unit in which data must be copied on the tile.
    ///
    /// With equal channel blocks whole rows of blocks move; otherwise only the channels that both blocks keep together.
    pub fn atom_bytes(&self) -> u64 {
        let (held, needed) = (self.from.channel_block, self.to.channel_block);
        greatest_common_divisor(held, needed) * self.element_bytes
    }

    /// Whether held and needed data lie in the same order, so that no copy on the tile is due.
    pub fn keeps_order(&self) -> bool {
        self.from.channel_block == self.to.channel_block
    }
}

/// Elements of one tile, multiplied up over independent coordinates.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// That it needs.
    needed: u64,
    /// That it needs and holds.
    resident: u64,
    /// That it holds and only it needs.
    kept: u64,
    /// That it holds and some tile needs.
    wanted: u64,
    /// Runs of holders among what it needs.
    runs: u64,
}

impl Counts {
    const UNIT: Self = Self {
        needed: 1,
        resident: 1,
        kept: 1,
        wanted: 1,
        runs: 1,
    };
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}
