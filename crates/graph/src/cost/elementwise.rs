//! Elements that operators other than convolutions work on.

use std::ops::AddAssign;

use crate::{Activation, Graph, LayerKind, Op, OpKind, OptimiserStep, PROXY_SAMPLES, Reduction};

/// Elements and operations of everything that is not a multiply-accumulate of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ElementwiseCount {
    /// Elements that norms put out.
    pub norms: u64,
    /// Elements that activations put out, gates left out.
    pub activations: u64,
    /// Elements of squeeze-excite gates: one for each channel, through the sigmoid.
    pub gates: u64,
    /// Elements that pointwise functions of two operands put out.
    pub binaries: u64,
    /// Elements that pools read.
    pub pool_inputs: u64,
    /// Elements that windowed pools put out.
    pub pool_outputs: u64,
    /// Elements to which a bias is added.
    pub biases: u64,
    /// Elements that softmax puts out.
    pub softmax: u64,
    /// Elements that reductions read.
    pub reduction_inputs: u64,
    /// Elements that are only copied, cast, repeated or filled in.
    pub copies: u64,
    /// Elements that steps of the optimiser and accumulations put out.
    pub updates: u64,
    /// Floating-point operations: 2 for a norm, 4 for swish, 1 for an addition or product, 1 for an input of a pool, 1 for
    /// a bias. Gates are left out, as in the published counts.
    pub flops: u64,
}

impl ElementwiseCount {
    /// Elements put out, those of gates and of global pools left out: they are one for each channel.
    pub const fn outputs(&self) -> u64 {
        self.norms + self.activations + self.binaries + self.pool_outputs + self.softmax
    }

    /// Counts an operator.
    pub(super) fn of(graph: &Graph, op: &Op) -> Self {
        let mut count = Self::default();
        let outputs = graph.tensor(op.output).elements();
        let inputs = op.inputs.first().map_or(0, |&x| graph.tensor(x).elements());
        match &op.kind {
            OpKind::Convolution(_) | OpKind::FullyConnected | OpKind::ConvolutionInputGradient(_) => {
                if op.inputs.len() > 2 {
                    count.biases = outputs;
                    count.flops = outputs;
                }
            }
            OpKind::ScaledAdd { .. } => {
                count.updates = outputs;
                count.flops = 2 * outputs;
            }
            OpKind::MovingAverage { .. } => {
                count.updates = outputs;
                count.flops = 3 * outputs;
            }
            OpKind::OptimiserStep(step) => {
                count.updates = outputs;
                count.flops = step_flops(step) * outputs;
            }
            OpKind::Norm(_) | OpKind::Whiten(_) => {
                count.norms = outputs;
                count.flops = 2 * outputs;
            }
            OpKind::Activation(activation) => {
                if is_gate(graph, op, *activation) {
                    count.gates = outputs;
                } else {
                    count.activations = outputs;
                    count.flops = activation.operations() * outputs;
                }
            }
            OpKind::ProxyActivation(proxy) => {
                count.activations = outputs;
                // Scale and shift, the activation, the proxy mean, and the proxy scale where it is applied.
                count.flops = (2 + proxy.activation.operations() + 1 + u64::from(proxy.scale)) * outputs;
            }
            OpKind::Binary(_) | OpKind::Scale { .. } => {
                count.binaries = outputs;
                count.flops = outputs;
            }
            OpKind::ActivationGradient(activation) => {
                count.activations = outputs;
                count.flops = activation.gradient_operations() * outputs;
            }
            OpKind::NormGradient(norm) => {
                count.norms = outputs;
                // Scale, a sum, a product and its sum; then two subtractions and two products.
                count.flops = (7 + u64::from(norm.gamma)) * outputs;
                count.reduction_inputs = 2 * outputs;
            }
            OpKind::NormParameterGradient => {
                let elements = op
                    .inputs
                    .first()
                    .map_or(0, |white| graph.tensor(*white).elements());
                count.norms = elements;
                count.flops = 3 * elements;
                count.reduction_inputs = 2 * elements;
            }
            OpKind::ProxyStatistics(proxy) => {
                let samples = PROXY_SAMPLES * outputs / 2;
                count.activations = samples;
                count.reduction_inputs = 2 * samples;
                // Two affine parts, the activation, mean and variance.
                count.flops = (4 + proxy.activation.operations() + 4) * samples;
            }
            OpKind::ProxyStatisticsGradient(proxy) => {
                let samples = PROXY_SAMPLES * outputs / 4;
                count.activations = 2 * samples;
                count.reduction_inputs = 4 * samples;
                // Forward once more up to the activation, the gradient of mean and variance, that of the activation, and four
                // sums, three of them of products.
                let affine = 4 + proxy.activation.operations();
                count.flops = (affine + 4 + proxy.activation.gradient_operations() + 7) * samples;
            }
            OpKind::Reduce(reduction) => {
                count.reduction_inputs = inputs;
                count.flops = inputs
                    * match reduction {
                        Reduction::Sum | Reduction::Mean | Reduction::Maximum => 1,
                        Reduction::SumOfSquares => 2,
                        // Mean, then distance, square and sum.
                        Reduction::Variance => 4,
                    };
            }
            OpKind::Rearrange(_)
            | OpKind::Broadcast
            | OpKind::Slice { .. }
            | OpKind::Fill { .. }
            | OpKind::Cast(_) => {
                count.copies = outputs;
            }
            // One random number and one comparison for each element.
            OpKind::RandomMask { .. } => {
                count.copies = outputs;
                count.flops = 2 * outputs;
            }
            OpKind::PoolGradient(pool) => {
                count.pool_inputs = inputs;
                count.pool_outputs = outputs;
                count.flops = pool.kernel.iter().product::<u64>().saturating_mul(inputs);
            }
            OpKind::SoftmaxCrossEntropy { .. } => {
                count.softmax = inputs;
                // Softmax, logarithm, product with the target and sum.
                count.flops = 8 * inputs;
            }
            OpKind::SoftmaxCrossEntropyGradient { .. } => {
                count.softmax = outputs;
                // Softmax, subtraction of the target and the loss scale.
                count.flops = 7 * outputs;
            }
            OpKind::Pool(pool) => {
                count.pool_inputs = inputs;
                count.pool_outputs = outputs;
                count.flops = pool.kernel.iter().product::<u64>().saturating_mul(outputs);
            }
            OpKind::GlobalAveragePool => {
                count.pool_inputs = inputs;
                count.flops = count.pool_inputs;
            }
            OpKind::Softmax { .. } => {
                count.softmax = outputs;
                // Largest element, subtraction, exponential, sum, division.
                count.flops = 5 * outputs;
            }
            // Gradients of weights have multiply-accumulates only, which are counted as such; a reshape or concatenation
            // moves its operands' elements, and computes nothing.
            OpKind::ConvolutionWeightGradient(_) | OpKind::Reshape | OpKind::Concat { .. } => {}
        }
        count
    }
}

impl AddAssign for ElementwiseCount {
    fn add_assign(&mut self, other: Self) {
        self.norms += other.norms;
        self.activations += other.activations;
        self.gates += other.gates;
        self.binaries += other.binaries;
        self.pool_inputs += other.pool_inputs;
        self.pool_outputs += other.pool_outputs;
        self.biases += other.biases;
        self.softmax += other.softmax;
        self.reduction_inputs += other.reduction_inputs;
        self.copies += other.copies;
        self.updates += other.updates;
        self.flops += other.flops;
    }
}

/// Whether an activation makes the gate of a squeeze-excite.
pub(super) fn is_gate(graph: &Graph, op: &Op, activation: Activation) -> bool {
    matches!(activation, Activation::Sigmoid | Activation::HardSigmoid)
        && graph.layer(op.layer).kind == LayerKind::SqueezeExciteFc
}

/// Floating-point operations of one element of a step.
const fn step_flops(step: &OptimiserStep) -> u64 {
    match step {
        // Momentum, epsilon, inverse root, two products and a sum.
        OptimiserStep::RootMeanSquare { .. } => 6,
        // Two squares and sums, the decayed gradient, its scale and momentum.
        OptimiserStep::LayerwiseAdaptiveRate(_) => 8,
        OptimiserStep::Descent => 2,
    }
}
