//! Elements that operators other than convolutions work on.

use std::ops::AddAssign;

use crate::{Activation, Graph, LayerKind, Op, OpKind};

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
        match &op.kind {
            OpKind::Convolution(_) | OpKind::FullyConnected => {
                if op.inputs.len() > 2 {
                    count.biases = outputs;
                    count.flops = outputs;
                }
            }
            OpKind::ScaledAdd => {
                count.binaries = outputs;
                count.flops = 2 * outputs;
            }
            OpKind::Norm(_) => {
                count.norms = outputs;
                count.flops = 2 * outputs;
            }
            OpKind::Activation(activation) => {
                if is_gate(graph, op, *activation) {
                    count.gates = outputs;
                } else {
                    count.activations = outputs;
                    count.flops = flops(*activation) * outputs;
                }
            }
            OpKind::ProxyActivation(proxy) => {
                count.activations = outputs;
                // Scale and shift, the activation, the proxy mean, and the proxy scale where it is applied.
                count.flops = (2 + flops(proxy.activation) + 1 + u64::from(proxy.scale)) * outputs;
            }
            OpKind::Binary(_) => {
                count.binaries = outputs;
                count.flops = outputs;
            }
            OpKind::Pool(pool) => {
                count.pool_inputs = op.inputs.first().map_or(0, |&x| graph.tensor(x).elements());
                count.pool_outputs = outputs;
                count.flops = pool.kernel.iter().product::<u64>().saturating_mul(outputs);
            }
            OpKind::MaxPoolGradient(pool) => {
                // A comparison for every element of every window.
                let windows = op.inputs.get(1).map_or(0, |&y| graph.tensor(y).elements());
                count.flops = pool.kernel.iter().product::<u64>().saturating_mul(windows);
            }
            OpKind::Reduce(_) => {
                count.flops = op.inputs.first().map_or(0, |&x| graph.tensor(x).elements());
            }
            OpKind::GlobalAveragePool => {
                count.pool_inputs = op.inputs.first().map_or(0, |&x| graph.tensor(x).elements());
                count.flops = count.pool_inputs;
            }
            OpKind::Softmax => {
                count.softmax = outputs;
                // Largest element, subtraction, exponential, sum, division.
                count.flops = 5 * outputs;
            }
            // Gradients of convolutions have multiply-accumulates only, which are counted as such.
            OpKind::ConvolutionInputGradient(_) | OpKind::ConvolutionWeightGradient(_) | OpKind::Reshape => {}
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
        self.flops += other.flops;
    }
}

/// Whether an activation makes the gate of a squeeze-excite.
pub(super) fn is_gate(graph: &Graph, op: &Op, activation: Activation) -> bool {
    matches!(activation, Activation::Sigmoid | Activation::HardSigmoid)
        && graph.layer(op.layer).kind == LayerKind::SqueezeExciteFc
}

/// Floating-point operations for one element, where a transcendental function counts as one.
const fn flops(activation: Activation) -> u64 {
    match activation {
        Activation::Relu | Activation::Tanh => 1,
        Activation::Relu6 => 2,
        // Exponential, addition, division; swish multiplies by x.
        Activation::Sigmoid => 3,
        // Addition, two bounds, division; hard swish multiplies by x. Gelu: division, error function, addition and two products.
        Activation::Swish | Activation::HardSigmoid => 4,
        Activation::HardSwish | Activation::Gelu => 5,
    }
}
