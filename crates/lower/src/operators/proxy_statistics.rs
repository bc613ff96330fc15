//! Statistics of proxy-normalised activations over their samples, once in each update.

use tilesim_graph::{Op, ProxyActivation};

use super::proxy::Proxy;
use crate::{LowerError, context::Context};

/// The rows, mean and inverse deviation, lie apart.
pub(crate) fn lower(context: &mut Context, op: &Op, activation: &ProxyActivation) -> Result<(), LowerError> {
    let proxy = Proxy::new(context, op, activation)?;
    let rows = vec![proxy.mean, proxy.inverse_deviation];
    context.kept.rows.insert(op.output, rows);
    Ok(())
}
