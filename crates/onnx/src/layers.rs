//! Which operators make a layer, and what kind of layer it is.

mod attention;
mod kind;
mod name;

use tilesim_graph::{Binary, LayerKind, OpKind};

use super::network::{Network, Source};
pub(super) use name::Names;

/// A layer: a main operator, reshapes of its operands, and the norms, activations, scales and shifts of its result.
#[derive(Debug)]
pub(super) struct LayerPlan {
    pub(super) name: String,
    pub(super) block: String,
    pub(super) kind: LayerKind,
    /// Indices of the steps, in an order in which they can run.
    pub(super) steps: Vec<usize>,
}

/// Steps that contribute to the outputs, and who reads them.
pub(super) struct Uses {
    /// Whether a step contributes.
    pub(super) live: Vec<bool>,
    /// How often a step's result is read, outputs counted.
    readers: Vec<usize>,
    /// The last step that reads a step's result.
    reader: Vec<Option<usize>>,
}

impl Uses {
    pub(super) fn of(network: &Network) -> Self {
        let steps = network.steps.len();
        let mut uses = Self {
            live: vec![false; steps],
            readers: vec![0; steps],
            reader: vec![None; steps],
        };
        for &output in &network.outputs {
            if let Source::Step(index) = output {
                uses.live[index] = true;
                uses.readers[index] += 1;
            }
        }
        // Operands stand before their readers.
        for index in (0..steps).rev() {
            if !uses.live[index] {
                continue;
            }
            for &input in &network.steps[index].inputs {
                if let Source::Step(operand) = input {
                    uses.live[operand] = true;
                    uses.readers[operand] += 1;
                    uses.reader[operand].get_or_insert(index);
                }
            }
        }
        uses
    }

    /// The step that alone reads a step's result.
    fn only_reader(&self, step: usize) -> Option<usize> {
        if self.readers[step] == 1 {
            self.reader[step]
        } else {
            None
        }
    }
}

/// The operator of a step.
pub(super) fn operator(network: &Network, step: usize) -> Option<&OpKind> {
    Some(&network.steps.get(step)?.kind)
}

/// Whether a step works on the result of one other element by element, with constants at most.
fn follows(network: &Network, step: usize) -> bool {
    match operator(network, step) {
        Some(OpKind::Norm(_) | OpKind::Activation(_) | OpKind::ProxyActivation(_)) => true,
        Some(OpKind::Binary(_)) => network.steps[step]
            .inputs
            .iter()
            .any(|&input| network.constant(input).is_some()),
        _ => false,
    }
}

/// Whether a step multiplies two tensors that are both computed from the inputs.
fn is_product(network: &Network, step: usize) -> bool {
    let weights = network.steps[step].inputs.get(1);
    matches!(
        operator(network, step),
        Some(OpKind::Convolution(_) | OpKind::FullyConnected)
    ) && weights.is_some_and(|&weights| network.constant(weights).is_none())
}

fn is_reshape(network: &Network, step: usize) -> bool {
    operator(network, step) == Some(&OpKind::Reshape)
}

/// The step whose result a step works on.
fn producer(network: &Network, step: usize) -> Option<usize> {
    network.steps[step].inputs.iter().find_map(|&input| match input {
        Source::Step(index) => Some(index),
        Source::Input(_) | Source::Constant(_) => None,
    })
}

/// The live steps as layers, in the order in which the layers run.
pub(super) fn layers(network: &Network, uses: &Uses) -> Vec<LayerPlan> {
    let kinds = kind::Kinds::of(network, uses);
    let mut names = Names::default();
    let mut layers: Vec<LayerPlan> = Vec::new();
    let mut layer_of: Vec<Option<usize>> = vec![None; network.steps.len()];
    for index in (0..network.steps.len()).filter(|&index| uses.live[index]) {
        if waits(network, uses, index) {
            continue;
        }
        let before = producer(network, index).filter(|&before| uses.readers[before] == 1);
        let joined = before
            .filter(|_| follows(network, index) || is_reshape(network, index))
            .and_then(|before| layer_of[before]);
        if let Some(layer) = joined {
            layers[layer].steps.push(index);
            layer_of[index] = Some(layer);
            continue;
        }
        let operands = network.steps[index]
            .inputs
            .iter()
            .filter_map(|&input| match input {
                Source::Step(operand) => Some(operand),
                Source::Input(_) | Source::Constant(_) => None,
            });
        let mut steps: Vec<usize> = Vec::new();
        for operand in operands.clone() {
            add_waiting(network, uses, operand, &mut steps);
        }
        // The block of the latest layer that it reads.
        let origins = operands.filter_map(|operand| {
            layer_of[operand].or_else(|| producer(network, operand).and_then(|before| layer_of[before]))
        });
        let block_before = origins.max().map(|layer| layers[layer].block.clone());
        steps.push(index);
        let (name, block) = names.layer(network, index, block_before);
        for &step in &steps {
            layer_of[step] = Some(layers.len());
        }
        layers.push(LayerPlan {
            name,
            block,
            kind: kinds.of_anchor(network, index),
            steps,
        });
    }
    layers
}

/// Whether a step is a reshape that belongs to the layer of its reader.
fn waits(network: &Network, uses: &Uses, step: usize) -> bool {
    is_reshape(network, step)
        && uses
            .only_reader(step)
            .is_some_and(|reader| !follows(network, reader))
}

/// Adds a step that waits for its reader, behind those that wait for itself.
fn add_waiting(network: &Network, uses: &Uses, step: usize, steps: &mut Vec<usize>) {
    let mut waiting = Vec::new();
    let mut at = Some(step);
    while let Some(step) = at.filter(|&step| waits(network, uses, step) && !steps.contains(&step)) {
        waiting.push(step);
        at = producer(network, step);
    }
    steps.extend(waiting.into_iter().rev());
}

/// Both operands of a function of two tensors.
fn of_two(network: &Network, step: usize, function: Binary) -> Option<[Source; 2]> {
    let operands = network.binary(Source::Step(step), function)?;
    operands
        .iter()
        .all(|&operand| network.constant(operand).is_none())
        .then_some(operands)
}
