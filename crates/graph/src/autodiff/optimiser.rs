//! One parameter's step.

use super::{Optimiser, TrainedParameter, TrainingOptions};
use crate::{
    Binary, GraphBuilder, GraphError, OpKind, OptimiserStep, Phase, StateChange, TensorId, TensorKind,
};

/// A parameter to be trained.
#[derive(Clone, Copy)]
pub(super) struct Training {
    pub(super) parameter: TensorId,
    pub(super) gradient: TensorId,
    pub(super) learning_rate: TensorId,
    /// Whether weight decay applies.
    pub(super) decays: bool,
}

/// Decays the weights, moves the slots of the optimiser on and takes the step.
pub(super) fn train(
    builder: &mut GraphBuilder,
    state: &mut Vec<StateChange>,
    training: Training,
    options: &TrainingOptions,
) -> Result<TrainedParameter, GraphError> {
    let Training {
        parameter,
        gradient,
        learning_rate,
        decays,
    } = training;
    let mut step = Step {
        name: builder.graph().tensor(parameter).name.clone(),
        shape: builder.shape(parameter).to_vec(),
        builder,
        state,
        slots: Vec::new(),
    };
    let decay = if decays { options.weight_decay } else { 0.0 };
    let updated = match options.optimiser {
        Optimiser::RmsProp {
            decay: kept,
            momentum,
            epsilon,
        } => {
            let gradient = step.decayed(gradient, parameter, decay)?;
            let square = step.op(
                "squared_gradient",
                OpKind::Binary(Binary::Multiply),
                vec![gradient, gradient],
            )?;
            let slot = step.slot("mean_square")?;
            let mean_square = step.next_slot(
                slot,
                "mean_square",
                OpKind::MovingAverage { decay: kept },
                vec![square],
            )?;
            let slot = step.slot("momentum")?;
            let rule = OpKind::OptimiserStep(OptimiserStep::RootMeanSquare { momentum, epsilon });
            let change =
                step.next_slot(slot, "momentum", rule, vec![gradient, mean_square, learning_rate])?;
            step.update(OpKind::Binary(Binary::Subtract), vec![parameter, change])?
        }
        Optimiser::Descent => {
            let gradient = step.decayed(gradient, parameter, decay)?;
            step.descend(parameter, gradient, learning_rate)?
        }
        Optimiser::Momentum { momentum } => {
            let gradient = step.decayed(gradient, parameter, decay)?;
            let velocity = step.momentum(gradient, momentum)?;
            step.descend(parameter, velocity, learning_rate)?
        }
        Optimiser::LayerwiseAdaptiveRate(rule) if decays => {
            let slot = step.slot("velocity")?;
            let rule = OpKind::OptimiserStep(OptimiserStep::LayerwiseAdaptiveRate(rule));
            let velocity = step.next_slot(slot, "velocity", rule, vec![gradient, parameter])?;
            step.descend(parameter, velocity, learning_rate)?
        }
        Optimiser::LayerwiseAdaptiveRate(rule) => {
            let velocity = step.momentum(gradient, rule.momentum)?;
            step.descend(parameter, velocity, learning_rate)?
        }
    };
    let slots = step.slots;
    state.push(StateChange {
        before: parameter,
        after: updated,
        phase: Phase::Update,
    });
    Ok(TrainedParameter {
        parameter,
        gradient,
        slots,
        updated,
    })
}

/// A step under construction.
struct Step<'a> {
    builder: &'a mut GraphBuilder,
    state: &'a mut Vec<StateChange>,
    /// Name of the parameter.
    name: String,
    shape: Vec<u64>,
    slots: Vec<TensorId>,
}

impl Step<'_> {
    fn op(&mut self, what: &str, kind: OpKind, operands: Vec<TensorId>) -> Result<TensorId, GraphError> {
        self.builder.op(format!("{}/{what}", self.name), kind, operands)
    }

    /// The gradient with the decay of the weights.
    fn decayed(&mut self, gradient: TensorId, weights: TensorId, decay: f64) -> Result<TensorId, GraphError> {
        if decay == 0.0 {
            return Ok(gradient);
        }
        self.op(
            "decayed_gradient",
            OpKind::ScaledAdd { factor: decay },
            vec![gradient, weights],
        )
    }

    /// A tensor like the parameter that lives from update to update.
    fn slot(&mut self, what: &str) -> Result<TensorId, GraphError> {
        let data_type = self.builder.data_type();
        let slot = self.builder.source(
            format!("{}/{what}", self.name),
            self.shape.clone(),
            data_type,
            TensorKind::OptimiserState,
        )?;
        self.slots.push(slot);
        Ok(slot)
    }

    /// The slot's next value, by an operator that reads it first.
    fn next_slot(
        &mut self,
        slot: TensorId,
        what: &str,
        kind: OpKind,
        operands: Vec<TensorId>,
    ) -> Result<TensorId, GraphError> {
        let operands = [vec![slot], operands].concat();
        let after = self.op(&format!("next_{what}"), kind, operands)?;
        self.moved(slot, after);
        Ok(after)
    }

    fn momentum(&mut self, gradient: TensorId, momentum: f64) -> Result<TensorId, GraphError> {
        let slot = self.slot("velocity")?;
        let kept = OpKind::ScaledAdd { factor: momentum };
        let after = self.op("next_velocity", kept, vec![gradient, slot])?;
        self.moved(slot, after);
        Ok(after)
    }

    fn descend(
        &mut self,
        weights: TensorId,
        velocity: TensorId,
        rate: TensorId,
    ) -> Result<TensorId, GraphError> {
        self.update(
            OpKind::OptimiserStep(OptimiserStep::Descent),
            vec![weights, velocity, rate],
        )
    }

    /// The parameter's next value.
    fn update(&mut self, kind: OpKind, operands: Vec<TensorId>) -> Result<TensorId, GraphError> {
        self.builder.results_are(TensorKind::Parameter);
        let updated = self.op("updated", kind, operands);
        self.builder.results_are(TensorKind::OptimiserState);
        updated
    }

    fn moved(&mut self, before: TensorId, after: TensorId) {
        self.state.push(StateChange {
            before,
            after,
            phase: Phase::Update,
        });
    }
}
