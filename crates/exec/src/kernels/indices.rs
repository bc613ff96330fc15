//! The indices of a box, one after the other.

use tilesim_geometry::Interval;

/// Visits every index of a box in row-major order, until a visit fails.
pub(super) fn each_index<E>(
    cuboid: &[Interval],
    mut visit: impl FnMut(&[u64]) -> Result<(), E>,
) -> Result<(), E> {
    let mut index: Vec<u64> = cuboid.iter().map(|interval| interval.start).collect();
    loop {
        visit(&index)?;
        if !advance(&mut index, cuboid) {
            return Ok(());
        }
    }
}

/// The next index of a box; false behind the last.
fn advance(index: &mut [u64], cuboid: &[Interval]) -> bool {
    for (digit, interval) in index.iter_mut().zip(cuboid).rev() {
        *digit += 1;
        if *digit < interval.end {
            return true;
        }
        *digit = interval.start;
    }
    false
}
