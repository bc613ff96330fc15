//! Proxy statistics in the update (Masters et al. 2021): gradients through them, and their new values.
//!
//! The statistics are constants of the micro-batches; their gradients are accumulated like those of parameters and go back to
//! beta, gamma, beta′ and gamma′ once in each update, before which nothing depends on beta′ and gamma′.

use std::collections::BTreeMap;

use super::TrainedParameter;
use crate::{
    Binary, GraphBuilder, GraphError, LayerId, Op, OpKind, Phase, ProxyActivation, StateChange, TensorId,
    TensorKind,
};

/// A proxy-normalised activation and the tensors that it reads, before they are cast.
pub(super) struct Proxy<'a> {
    op: &'a Op,
    activation: ProxyActivation,
    /// Beta and gamma.
    affine: [TensorId; 2],
    /// Mean and inverse standard deviation.
    statistics: [TensorId; 2],
}

impl<'a> Proxy<'a> {
    pub(super) fn of(op: &'a Op, sources: &[TensorId]) -> Option<Self> {
        let (OpKind::ProxyActivation(activation), &[_, beta, gamma, mean, inverse_std]) =
            (&op.kind, op.inputs.as_slice())
        else {
            return None;
        };
        let source = |id: TensorId| sources[id.0 as usize];
        Some(Self {
            op,
            activation: *activation,
            affine: [source(beta), source(gamma)],
            statistics: [source(mean), source(inverse_std)],
        })
    }

    /// Tensors whose gradients go through the proxy.
    pub(super) fn operands(&self) -> [TensorId; 4] {
        let ([beta, gamma], [mean, inverse_std]) = (self.affine, self.statistics);
        [beta, gamma, mean, inverse_std]
    }
}

/// A proxy-normalised activation with its beta, gamma, beta′ and gamma′.
pub(super) struct TrainedProxy<'a> {
    proxy: Proxy<'a>,
    parameters: [TensorId; 4],
}

/// Adds to the gradients of beta and gamma what goes through the statistics, and states those of beta′ and gamma′.
pub(super) fn gradients<'a>(
    builder: &mut GraphBuilder,
    proxy: Proxy<'a>,
    gradients: &mut BTreeMap<TensorId, (TensorId, LayerId)>,
) -> Result<TrainedProxy<'a>, GraphError> {
    let Proxy {
        op,
        activation,
        affine: [beta, gamma],
        statistics: [mean, inverse_std],
    } = proxy;
    let (name, layer) = (&op.name, op.layer);
    let channels = builder.shape(beta).first().copied().unwrap_or(1);
    builder.continue_layer(layer);
    let data_type = builder.data_type();
    let mut source = |what: &str| {
        builder.source(
            format!("{name}/{what}"),
            vec![channels],
            data_type,
            TensorKind::Parameter,
        )
    };
    let parameters = [beta, gamma, source("proxy_beta")?, source("proxy_gamma")?];
    if let Some(&(mean_gradient, _)) = gradients.get(&mean) {
        let mut operands = parameters.to_vec();
        operands.push(mean_gradient);
        operands.extend(gradients.get(&inverse_std).map(|(gradient, _)| *gradient));
        let through = builder.op(
            format!("{name}/proxy_gradients"),
            OpKind::ProxyStatisticsGradient(activation),
            operands,
        )?;
        let roles = ["beta", "gamma", "proxy_beta", "proxy_gamma"];
        for (index, (parameter, role)) in parameters.into_iter().zip(roles).enumerate() {
            let part = row(
                builder,
                &format!("{name}/through_proxy/{role}"),
                through,
                index as u64,
            )?;
            let whole = match gradients.get(&parameter) {
                Some(&(direct, _)) => {
                    builder.binary(format!("{name}/whole_gradient/{role}"), Binary::Add, direct, part)?
                }
                None => part,
            };
            gradients.insert(parameter, (whole, layer));
        }
    }
    Ok(TrainedProxy { proxy, parameters })
}

/// The statistics of the updated parameters.
pub(super) fn renew(
    builder: &mut GraphBuilder,
    state: &mut Vec<StateChange>,
    trained: &TrainedProxy,
    updated: &[TrainedParameter],
) -> Result<(), GraphError> {
    let op = trained.proxy.op;
    let current = |id: TensorId| {
        let found = updated.iter().find(|trained| trained.parameter == id);
        found.map_or(id, |trained| trained.updated)
    };
    builder.continue_layer(op.layer);
    let statistics = builder.op(
        format!("{}/proxy_statistics", op.name),
        OpKind::ProxyStatistics(trained.proxy.activation),
        trained.parameters.map(current).to_vec(),
    )?;
    builder.results_are(TensorKind::Statistic);
    let roles = ["proxy_mean", "proxy_inverse_std"];
    for (index, (before, role)) in trained.proxy.statistics.into_iter().zip(roles).enumerate() {
        let after = row(
            builder,
            &format!("{}/next_{role}", op.name),
            statistics,
            index as u64,
        )?;
        state.push(StateChange {
            before,
            after,
            phase: Phase::Update,
        });
    }
    builder.results_are(TensorKind::OptimiserState);
    Ok(())
}

/// A row `[C]` of a tensor `[rows, C]`.
fn row(builder: &mut GraphBuilder, name: &str, rows: TensorId, index: u64) -> Result<TensorId, GraphError> {
    let channels = builder.shape(rows).get(1).copied().unwrap_or(1);
    let slice = OpKind::Slice {
        axis: 0,
        start: index,
        size: 1,
    };
    let row = builder.op(format!("{name}/row"), slice, vec![rows])?;
    builder.reshape(name, row, &[channels])
}
