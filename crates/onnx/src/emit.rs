//! From the network to the graph and its weights.

use std::collections::BTreeMap;

use tilesim_graph::{ElementType, Graph, GraphBuilder, OpKind, TensorId};

use super::{
    OnnxError,
    constant::{Constant, Content},
    layers::{Names, Uses, layers, operator},
    limits::{MAX_MACS, MAX_OPERATORS},
    network::{Network, Source},
    weights::{Weight, Weights},
};

/// The graph of a network, and the values of its parameters and statistics.
pub(super) fn emit(network: &Network, name: &str) -> Result<(Graph, Weights), OnnxError> {
    let uses = Uses::of(network);
    check(network, &uses)?;
    let mut emitter = Emitter {
        network,
        // The precision of a run is chosen when it runs; networks are stated in half precision, as the bundled ones.
        builder: GraphBuilder::new(name, ElementType::F16),
        names: Names::default(),
        weights: Weights::default(),
        matrices: BTreeMap::new(),
        inputs: Vec::new(),
        results: vec![None; network.steps.len()],
    };
    // Inputs and parameters keep their names; operators that share them get a number.
    for input in &network.inputs {
        emitter.names.unique(&input.name);
        let id = emitter
            .builder
            .input(&input.name, input.shape.clone(), input.data_type)?;
        emitter.inputs.push(id);
    }
    let plan = layers(network, &uses);
    let parameters: Vec<Vec<Operand>> = network
        .steps
        .iter()
        .enumerate()
        .map(|(index, _)| {
            if uses.live[index] {
                emitter.operands(index)
            } else {
                Ok(Vec::new())
            }
        })
        .collect::<Result<_, _>>()?;
    for layer in plan {
        emitter.builder.layer(layer.name, layer.block, layer.kind);
        for step in layer.steps {
            emitter.operator(step, &parameters[step])?;
        }
    }
    let outputs = network.outputs.iter().filter_map(|&output| match output {
        Source::Step(index) => emitter.results[index],
        Source::Input(_) | Source::Constant(_) => None,
    });
    let outputs = outputs.collect();
    Ok((emitter.builder.finish(outputs)?, emitter.weights))
}

/// An operand of an operator: a parameter that has been stated, or what is put out elsewhere.
#[derive(Debug, Clone, Copy)]
enum Operand {
    Stated(TensorId),
    Result(Source),
}

struct Emitter<'a> {
    network: &'a Network,
    builder: GraphBuilder,
    names: Names,
    weights: Weights,
    /// Weights of convolutions and fully connected layers, which several may share: tensors by the name in the file.
    matrices: BTreeMap<&'a str, Vec<(&'a Weight, TensorId)>>,
    inputs: Vec<TensorId>,
    results: Vec<Option<TensorId>>,
}

impl<'a> Emitter<'a> {
    /// The operands of a step, constants stated as parameters and statistics.
    fn operands(&mut self, step: usize) -> Result<Vec<Operand>, OnnxError> {
        let network = self.network;
        let inputs = &network.steps[step].inputs;
        let mut operands = Vec::with_capacity(inputs.len());
        for (position, &input) in inputs.iter().enumerate() {
            operands.push(match network.constant(input) {
                Some(constant) => self.parameter(step, position, constant).map(Operand::Stated)?,
                None => Operand::Result(input),
            });
        }
        Ok(operands)
    }

    fn parameter(
        &mut self,
        step: usize,
        position: usize,
        constant: &'a Constant,
    ) -> Result<TensorId, OnnxError> {
        let described = &self.network.steps[step];
        let numbers = match &constant.content {
            Content::Numbers(weight) if weight.is_float() => Some(weight),
            Content::Numbers(_) | Content::Integers(_) => None,
        };
        let Some(weight) = numbers else {
            return Err(OnnxError::Tensor {
                tensor: constant.origin.clone(),
                reason: format!("it is an operand of `{}`, but of whole numbers", described.node),
                expected: "floating-point numbers".to_owned(),
            });
        };
        let kind = operator(self.network, step);
        let is_matrix = position == 1
            && matches!(
                kind,
                Some(OpKind::Convolution(_) | OpKind::ConvolutionInputGradient(_) | OpKind::FullyConnected)
            );
        if is_matrix {
            let shared = self.matrices.get(constant.origin.as_str()).into_iter().flatten();
            if let Some(&(_, id)) = shared.into_iter().find(|(known, _)| known.is_same(weight)) {
                return Ok(id);
            }
        }
        let name = self.names.unique(&constant.origin);
        let id = if is_trained(kind, position, constant) {
            self.builder.parameter(&name, weight.shape().to_vec())?
        } else {
            self.builder.statistic(&name, weight.shape().to_vec())?
        };
        self.weights.insert(name, weight.clone());
        if is_matrix {
            self.matrices
                .entry(&constant.origin)
                .or_default()
                .push((weight, id));
        }
        Ok(id)
    }

    fn operator(&mut self, step: usize, operands: &[Operand]) -> Result<(), OnnxError> {
        let described = &self.network.steps[step];
        let inputs = operands.iter().map(|operand| match *operand {
            Operand::Stated(id) => Some(id),
            Operand::Result(Source::Input(index)) => self.inputs.get(index).copied(),
            Operand::Result(Source::Step(index)) => self.results[index],
            Operand::Result(Source::Constant(_)) => None,
        });
        let undefined = || OnnxError::Undefined {
            reader: described.node.clone(),
            value: "an operand".to_owned(),
        };
        let inputs: Vec<TensorId> = inputs.collect::<Option<_>>().ok_or_else(undefined)?;
        let name = self.names.unique(&described.node);
        let result = self
            .builder
            .stated_op(name, described.kind.clone(), inputs, &described.shape)?;
        self.results[step] = Some(result);
        Ok(())
    }
}

/// Whether a constant is a parameter that training changes: not moving statistics, nor a single number of a formula.
fn is_trained(kind: Option<&OpKind>, position: usize, constant: &Constant) -> bool {
    match kind {
        _ if constant.defined => false,
        Some(OpKind::Norm(norm)) => norm
            .parameter_roles()
            .get(position.wrapping_sub(1))
            .is_some_and(|&role| matches!(role, "gamma" | "beta")),
        Some(OpKind::Binary(_)) => constant.elements() > 1,
        _ => true,
    }
}

/// Sums over the network must stay within 64 bits.
fn check(network: &Network, uses: &Uses) -> Result<(), OnnxError> {
    let mut operators = 0;
    let mut macs = 0_u64;
    for index in (0..network.steps.len()).filter(|&index| uses.live[index]) {
        operators += 1;
        macs = macs.saturating_add(multiply_accumulates(network, index));
    }
    for (what, got, limit) in [
        ("operators", operators, MAX_OPERATORS as u64),
        ("multiply-accumulates", macs, MAX_MACS),
    ] {
        if got > limit {
            return Err(OnnxError::TooMany { what, got, limit });
        }
    }
    Ok(())
}

fn multiply_accumulates(network: &Network, step: usize) -> u64 {
    let described = &network.steps[step];
    match operator(network, step) {
        Some(OpKind::Convolution(of) | OpKind::ConvolutionInputGradient(of)) => of.macs(),
        Some(OpKind::FullyConnected) => {
            let weights = described
                .inputs
                .get(1)
                .map_or(0, |&weights| network.shape(weights).iter().product());
            described
                .shape
                .first()
                .copied()
                .unwrap_or(1)
                .saturating_mul(weights)
        }
        _ => 0,
    }
}
