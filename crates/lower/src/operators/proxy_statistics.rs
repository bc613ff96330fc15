//! Statistics of proxy-normalised activations over their samples, once in each update.

use tilesim_graph::{Op, ProxyActivation};

use super::proxy::Proxy;
use crate::{LowerError, lowering::Lowering};

/// The rows, mean and inverse deviation, lie apart.
pub(crate) fn lower(
    lowering: &mut Lowering,
    op: &Op,
    activation: &ProxyActivation,
) -> Result<(), LowerError> {
    let proxy = Proxy::new(lowering, op, activation)?;
    let rows = vec![proxy.mean, proxy.inverse_deviation];
    lowering.kept.rows.insert(op.output, rows);
    Ok(())
}
