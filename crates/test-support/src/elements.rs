//! The elements of a region one by one, against which its closed forms are tested.

use smallvec::SmallVec;
use tilesim_geometry::Region;

/// The indices of an element, one for each dimension.
pub type Element = SmallVec<[u64; 5]>;

/// Every element of a region, box by box, the last dimension fastest.
pub fn elements(region: &Region) -> Vec<Element> {
    let mut all = Vec::new();
    for cuboid in region.boxes() {
        let mut some = vec![Element::new()];
        for interval in cuboid {
            some = some
                .into_iter()
                .flat_map(|prefix| {
                    (interval.start..interval.end).map(move |index| {
                        let mut longer = prefix.clone();
                        longer.push(index);
                        longer
                    })
                })
                .collect();
        }
        all.extend(some);
    }
    all
}
