//! Positions of an image as rows, and back.

use tilesim_graph::{GraphError, OpKind, Rearrangement, ShapeError, TensorId};

use crate::{ModelError, network::blocks::NetworkBuilder};

/// `[N, C, H, W]` as `[N·H·W, C]`.
pub(super) fn of_positions(
    network: &mut NetworkBuilder,
    name: &str,
    x: TensorId,
) -> Result<TensorId, ModelError> {
    let shape = network.operators().shape(x).to_vec();
    let &[batch, channels, height, width] = shape.as_slice() else {
        return Ok(x);
    };
    rearranged(network, name, x, |failed| {
        let last = Rearrangement::transpose(&shape, &[0, 2, 3, 1]).map_err(failed)?;
        let flat = Rearrangement::reshape(&last.shape(), &[batch * height * width, channels]);
        Ok([last].into_iter().chain(flat.map_err(failed)?).collect())
    })
}

/// `[N·H·W, C]` in the shape `[N, C, H, W]`.
pub(super) fn back(
    network: &mut NetworkBuilder,
    name: &str,
    rows: TensorId,
    shape: &[u64],
) -> Result<TensorId, ModelError> {
    let &[batch, channels, height, width] = shape else {
        return Ok(rows);
    };
    rearranged(network, name, rows, |failed| {
        let last = [batch, height, width, channels];
        let flat = [batch * height * width, channels];
        let mut steps = Rearrangement::reshape(&flat, &last).map_err(failed)?;
        steps.push(Rearrangement::transpose(&last, &[0, 3, 1, 2]).map_err(failed)?);
        Ok(steps)
    })
}

/// A tensor rearranged step by step, as one movement as far as may be.
fn rearranged(
    network: &mut NetworkBuilder,
    name: &str,
    x: TensorId,
    steps: impl FnOnce(
        fn(tilesim_graph::RearrangementError) -> ShapeError,
    ) -> Result<Vec<Rearrangement>, ShapeError>,
) -> Result<TensorId, ModelError> {
    let steps = steps(ShapeError::from).map_err(|source| GraphError::Shape {
        op: name.to_owned(),
        source,
    })?;
    let mut movements: Vec<Rearrangement> = Vec::new();
    for step in steps {
        match movements.last_mut() {
            Some(last) => match last.then(&step) {
                Some(both) => *last = both,
                None => movements.push(step),
            },
            None => movements.push(step),
        }
    }
    let mut y = x;
    for (index, movement) in movements.into_iter().enumerate() {
        let name = if index == 0 {
            name.to_owned()
        } else {
            format!("{name}/{index}")
        };
        y = network
            .operators()
            .op(name, OpKind::Rearrange(movement), vec![y])?;
    }
    Ok(y)
}
