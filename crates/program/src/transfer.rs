//! Transfers: a tensor moves from where it is held to where it is needed.

use crate::geometry::{Cover, Interval, Placement, Region, Spare};

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
    /// Bytes received are exact. A tile sends what it holds of the smallest box that all needs lie in, less what it
    /// alone needs; for windows over flattened positions nothing counts as needed by one tile alone. `tiles_per_bus` tiles with consecutive numbers share an exchange bus.
    pub fn by_tile(&self, tiles_per_bus: u64) -> Vec<TileTransfer> {
        let tiles = self.from.grid.tiles().max(self.to.grid.tiles());
        let needs: Vec<Region> = (0..tiles).map(|tile| self.to.region(tile)).collect();
        let holds: Vec<Region> = (0..tiles).map(|tile| self.from.region(tile)).collect();
        let needed_anywhere = self.to.whole();
        let multicast = self.to.spare == Spare::Replicated && self.to.spare_parts() > 1;
        let mut result: Vec<TileTransfer> = Vec::with_capacity(needs.len());
        for (tile, (need, hold)) in needs.iter().zip(&holds).enumerate() {
            let needed = need.elements();
            let resident = if needed == 0 { 0 } else { need.overlap(hold) };
            let kept = if multicast || resident == 0 {
                0
            } else {
                self.exclusive(tile as u64, need).overlap(hold)
            };
            let received = needed - resident;
            result.push(TileTransfer {
                received_bytes: received * self.element_bytes,
                shared_bytes: 0,
                sent_bytes: (hold.overlap(&needed_anywhere) - kept) * self.element_bytes,
                resident_bytes: resident * self.element_bytes,
                messages: if received == 0 { 0 } else { self.messages(need) },
            });
        }
        if tiles_per_bus == 2 {
            for pair in 0..needs.len() / 2 {
                let (left, right) = (2 * pair, 2 * pair + 1);
                if needs[left].boxes().is_empty() || needs[left] != needs[right] {
                    continue;
                }
                // What either tile of the pair holds itself, the other receives alone.
                let alone = result[left].resident_bytes + result[right].resident_bytes;
                let common = (needs[left].elements() * self.element_bytes).saturating_sub(alone);
                for tile in [left, right] {
                    result[tile].shared_bytes = common.min(result[tile].received_bytes);
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

    /// Those elements that a tile needs and no other tile does.
    fn exclusive(&self, tile: u64, need: &Region) -> Region {
        let windowed = self
            .to
            .operand
            .covers
            .iter()
            .any(|cover| matches!(cover, Cover::Window(_)));
        if !windowed {
            return need.clone();
        }
        let grid = &self.to.grid;
        let digits = grid.digits(tile);
        let mut bounds: Vec<Interval> = self
            .to
            .operand
            .shape
            .iter()
            .map(|size| Interval::full(*size))
            .collect();
        for ((digit, axis), index) in digits.iter().zip(&grid.axes).zip(0..) {
            if !self.to.uses(axis) {
                continue;
            }
            let window = self.to.operand.covers.iter().position(|cover| {
                matches!(cover, Cover::Window(window) if axis.variables.iter().any(|v| *v == window.output || *v == window.kernel))
            });
            let Some(dimension) = window else { continue };
            if axis.variables.len() > 1 {
                return Region::empty();
            }
            // Neighbours along this axis reach into the tile's own window from both sides.
            let stride: u64 = grid.axes[index + 1..].iter().map(|inner| inner.parts).product();
            if *digit > 0 {
                for cuboid in self.to.region(tile - stride).boxes() {
                    bounds[dimension].start = bounds[dimension].start.max(cuboid[dimension].end);
                }
            }
            if *digit + 1 < axis.parts {
                for cuboid in self.to.region(tile + stride).boxes() {
                    bounds[dimension].end = bounds[dimension].end.min(cuboid[dimension].start);
                }
            }
        }
        need.restricted(&bounds)
    }

    /// Contiguous runs that make up a need: for each of its boxes the parts of the source's axes that it touches.
    fn messages(&self, need: &Region) -> u64 {
        need.boxes()
            .iter()
            .map(|cuboid| {
                let mut runs = self
                    .from
                    .sharers()
                    .min(crate::geometry::Region::box_elements(cuboid));
                for axis in self.from.grid.axes.iter().filter(|axis| self.from.uses(axis)) {
                    let elements: u64 = self
                        .from
                        .operand
                        .covers
                        .iter()
                        .zip(cuboid)
                        .filter(|(cover, _)| match cover {
                            Cover::Variables(variables) => {
                                variables.iter().any(|v| axis.variables.contains(v))
                            }
                            Cover::Window(_) => false,
                        })
                        .map(|(_, interval)| interval.len())
                        .product();
                    let size = axis.size(&self.from.grid.sizes);
                    runs *= (elements * axis.parts)
                        .div_ceil(size.max(1))
                        .min(axis.parts)
                        .max(1);
                }
                runs
            })
            .sum()
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}
