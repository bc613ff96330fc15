//! What every tile has of a placement, counted in independent factors.

use crate::factors::Factors;
use crate::view::{Fusion, views};
use crate::{Extent, Placement};

impl Placement {
    /// Elements that every tile of the grid holds or needs.
    pub fn elements_by_tile(&self) -> Vec<u64> {
        self.by_elements(|elements| elements)
    }

    /// What `finish` makes of the elements that every tile of the grid holds or needs.
    pub fn by_elements<U: Copy>(&self, finish: impl Fn(u64) -> U) -> Vec<U> {
        let [view] = views([self], Fusion::Positions);
        Factors::by_elements(&view, finish)
    }

    /// Sizes of what a tile holds or needs.
    pub fn extent(&self, tile: u64) -> Extent {
        let region = self.region(tile);
        // A tensor without the dimension has one index of it.
        let touched = |dimension: usize| {
            region
                .touched(dimension)
                .iter()
                .map(|run| run.len())
                .sum::<u64>()
                .max(1)
        };
        let elements = region.elements();
        if elements == 0 {
            return Extent::default();
        }
        Extent {
            elements,
            samples: touched(0),
            channels: touched(1),
        }
    }

    /// Sizes of what every tile of the grid holds or needs.
    pub fn extents_by_tile(&self) -> Vec<Extent> {
        self.with_factors(|factors| {
            factors.products(
                Extent::UNIT,
                |component| factors.extents(component),
                Extent::times,
                |extent| extent,
            )
        })
    }

    /// What `finish` makes of the elements that every tile of the grid holds or needs, and of the channels that they touch.
    pub fn by_channels<U: Copy>(&self, finish: impl Fn(u64, u64) -> U) -> Vec<U> {
        let [view] = views([self], Fusion::Positions);
        Factors::by_channels(&view, finish)
    }

    /// Extents with the number of tiles that have them, largest first; tiles without an element are left out.
    pub fn extent_classes(&self) -> Vec<(Extent, u64)> {
        let replicas = self.spare_parts() / self.sharers();
        let mut classes = self.with_factors(|factors| {
            let mut classes = vec![(Extent::UNIT, replicas)];
            for component in &factors.components {
                let entries = count_equal(
                    factors
                        .extents(component)
                        .into_iter()
                        .map(|extent| (extent, 1))
                        .collect(),
                );
                classes = classes
                    .iter()
                    .flat_map(|(extent, count)| {
                        entries
                            .iter()
                            .map(move |(entry, times)| (extent.times(*entry), count * times))
                    })
                    .collect();
            }
            classes
        });
        classes.retain(|(extent, count)| extent.elements > 0 && *count > 0);
        count_equal(classes)
    }

    /// Looks at the placement in independent factors.
    fn with_factors<T>(&self, look: impl FnOnce(&Factors<'_>) -> T) -> T {
        let [view] = views([self], Fusion::Positions);
        look(&Factors::new(&view))
    }
}

/// Adds up the counts of equal extents; largest extent first.
fn count_equal(mut extents: Vec<(Extent, u64)>) -> Vec<(Extent, u64)> {
    extents.sort_unstable_by(|a, b| b.cmp(a));
    extents.dedup_by(|next, kept| {
        let equal = next.0 == kept.0;
        if equal {
            kept.1 += next.1;
        }
        equal
    });
    extents
}
