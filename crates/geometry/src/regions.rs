//! What every tile has of a placement, worked out once for those that have the same.

use smallvec::SmallVec;

use crate::{
    Axis, Interval, Placement, Region,
    boxes::Boxes,
    cells::{combine, pieces},
    factors::{Digit, numbers},
};

impl Placement {
    /// The elements that every tile of the grid holds or needs.
    pub fn regions(&self) -> Vec<Region> {
        let (distinct, of_tile) = self.distinct_regions();
        of_tile
            .into_iter()
            .map(|number| distinct[number as usize].clone())
            .collect()
    }

    /// The same, once for all tiles that touch a cell which they do not share out, and the number of what each tile has.
    pub fn distinct_regions(&self) -> (Vec<Region>, Vec<u32>) {
        let sharing = self.sharing();
        if sharing.tiles() > 1 {
            let tiles = 0..self.grid.tiles();
            let regions: Vec<Region> = tiles.map(|tile| self.shared(sharing, tile)).collect();
            let numbers = (0..regions.len() as u32).collect();
            return (regions, numbers);
        }
        // Tiles that differ along axes which the operand does not depend on touch the same.
        let mut count = 1;
        let axes = self.grid.axes.iter().rev();
        let digits: SmallVec<[Digit; 8]> = axes
            .map(|axis| {
                let parts = axis.parts as u32;
                let weight = if self.uses(axis) { count } else { 0 };
                count *= if weight > 0 { parts } else { 1 };
                Digit { parts, weight }
            })
            .collect();
        (self.cells(), numbers(&digits))
    }

    /// The cells of all combinations of parts of the axes that the operand depends on, in order.
    fn cells(&self) -> Vec<Region> {
        let sizes = &self.grid.sizes;
        let used = self.grid.axes.iter().filter(|axis| self.uses(axis));
        let axes: SmallVec<[(&Axis, Boxes); 7]> = used.map(|axis| (axis, pieces(axis, sizes))).collect();
        let mut iteration: SmallVec<[Interval; 12]> =
            sizes.iter().map(|size| Interval::full(*size)).collect();
        let mut parts: SmallVec<[usize; 7]> = SmallVec::from_elem(0, axes.len());
        let combinations = axes.iter().map(|(axis, _)| axis.parts).product();
        (0..combinations)
            .map(|_: u64| {
                let mut region = Region::empty();
                combine(&axes, &parts, &mut iteration, &mut |iteration| {
                    self.operand.project(iteration, sizes, None, &mut region);
                });
                for (part, (axis, _)) in parts.iter_mut().zip(&axes).rev() {
                    *part += 1;
                    if (*part as u64) < axis.parts {
                        break;
                    }
                    *part = 0;
                }
                region
            })
            .collect()
    }
}
