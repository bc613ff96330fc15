//! Building a graph operator by operator, with shape inference.

use std::collections::BTreeSet;

use crate::{
    Activation, Binary, Convolution, ElementType, Graph, GraphError, Layer, LayerId, LayerKind, Norm, Op,
    OpKind, Phase, Pool, ProxyActivation, Rearrangement, Tensor, TensorId, TensorKind,
    limits::{MAX_ELEMENTS, checked_product},
};

/// Builds a [`Graph`]: one method for each operator, which checks its operands and infers the output's shape.
///
/// Operators belong to the layer opened last. The output of an operator is called after it and has the element type of its
/// first operand. Every method fails with a [`GraphError`] where names repeat, a tensor is not of this graph, or operands do
/// not fit.
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    graph: Graph,
    data_type: ElementType,
    layer: Option<LayerId>,
    tensor_names: BTreeSet<String>,
    results: TensorKind,
    phase: Phase,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "the type's documentation states the errors for all methods"
)]
impl GraphBuilder {
    /// An empty graph whose parameters will have the given element type.
    pub fn new(name: impl Into<String>, data_type: ElementType) -> Self {
        Self {
            graph: Graph {
                name: name.into(),
                ..Graph::default()
            },
            data_type,
            layer: None,
            tensor_names: BTreeSet::new(),
            results: TensorKind::Activation,
            phase: Phase::Forward,
        }
    }

    /// Goes on where another graph ends.
    pub(crate) fn resume(graph: Graph) -> Self {
        Self {
            tensor_names: graph.tensors.iter().map(|tensor| tensor.name.clone()).collect(),
            graph,
            data_type: ElementType::F32,
            layer: None,
            results: TensorKind::Activation,
            phase: Phase::Forward,
        }
    }

    /// What the results of the following operators are; activations at first.
    pub(crate) const fn results_are(&mut self, kind: TensorKind) {
        self.results = kind;
    }

    /// When the following operators run; in the forward pass at first.
    pub(crate) const fn phase_is(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// Takes over the layers of another graph, with their ids.
    pub(crate) fn with_layers(mut self, layers: &[Layer]) -> Self {
        self.graph.layers = layers.to_vec();
        self
    }

    /// The following operators belong to a layer that is there already.
    pub(crate) const fn continue_layer(&mut self, layer: LayerId) {
        self.layer = Some(layer);
    }

    /// The element type of parameters.
    pub(crate) const fn data_type(&self) -> ElementType {
        self.data_type
    }

    /// An operator without operands, which determine neither shape nor type.
    pub(crate) fn made_op(
        &mut self,
        name: impl Into<String>,
        kind: OpKind,
        shape: &[u64],
        data_type: ElementType,
    ) -> Result<TensorId, GraphError> {
        let parameters = std::mem::replace(&mut self.data_type, data_type);
        let result = self.push(name.into(), kind, Vec::new(), shape);
        self.data_type = parameters;
        result
    }

    /// The graph as far as it is built.
    pub(crate) const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Opens a layer, to which the following operators belong.
    pub fn layer(&mut self, name: impl Into<String>, block: impl Into<String>, kind: LayerKind) -> LayerId {
        let id = LayerId(self.graph.layers.len() as u32);
        self.graph.layers.push(Layer {
            name: name.into(),
            block: block.into(),
            kind,
        });
        self.layer = Some(id);
        id
    }

    /// A tensor fed from outside.
    pub fn input(
        &mut self,
        name: impl Into<String>,
        shape: Vec<u64>,
        data_type: ElementType,
    ) -> Result<TensorId, GraphError> {
        let id = self.source(name.into(), shape, data_type, TensorKind::Input)?;
        self.graph.inputs.push(id);
        Ok(id)
    }

    /// A trainable parameter.
    pub fn parameter(&mut self, name: impl Into<String>, shape: Vec<u64>) -> Result<TensorId, GraphError> {
        self.source(name.into(), shape, self.data_type, TensorKind::Parameter)
    }

    /// A value that is stored with the parameters but not trained.
    pub fn statistic(&mut self, name: impl Into<String>, shape: Vec<u64>) -> Result<TensorId, GraphError> {
        self.source(name.into(), shape, self.data_type, TensorKind::Statistic)
    }

    /// Shape of a tensor; empty for a tensor of another graph.
    pub fn shape(&self, id: TensorId) -> &[u64] {
        self.graph
            .tensors
            .get(id.0 as usize)
            .map_or(&[], |tensor| tensor.shape.as_slice())
    }

    /// A convolution. Weights are `[C_out, C_in / groups, …]`, the bias `[C_out]`.
    pub fn convolution(
        &mut self,
        name: impl Into<String>,
        convolution: Convolution,
        x: TensorId,
        weights: TensorId,
        bias: Option<TensorId>,
    ) -> Result<TensorId, GraphError> {
        let operands = [x, weights].into_iter().chain(bias).collect();
        self.op(name, OpKind::Convolution(convolution), operands)
    }

    /// A fully connected layer of `[N, C_in]`. Weights are `[C_out, C_in]`, the bias `[C_out]`.
    pub fn fully_connected(
        &mut self,
        name: impl Into<String>,
        x: TensorId,
        weights: TensorId,
        bias: Option<TensorId>,
    ) -> Result<TensorId, GraphError> {
        let operands = [x, weights].into_iter().chain(bias).collect();
        self.op(name, OpKind::FullyConnected, operands)
    }

    /// A normalisation; `parameters` are those of [`Norm::parameter_roles`], each `[C]`.
    pub fn norm(
        &mut self,
        name: impl Into<String>,
        norm: Norm,
        x: TensorId,
        parameters: &[TensorId],
    ) -> Result<TensorId, GraphError> {
        let operands = [x].into_iter().chain(parameters.iter().copied()).collect();
        self.op(name, OpKind::Norm(norm), operands)
    }

    /// A pointwise activation.
    pub fn activation(
        &mut self,
        name: impl Into<String>,
        activation: Activation,
        x: TensorId,
    ) -> Result<TensorId, GraphError> {
        self.op(name, OpKind::Activation(activation), vec![x])
    }

    /// A proxy-normalised activation; `parameters` are beta, gamma, proxy mean and proxy inverse standard deviation.
    pub fn proxy_activation(
        &mut self,
        name: impl Into<String>,
        activation: ProxyActivation,
        x: TensorId,
        parameters: [TensorId; 4],
    ) -> Result<TensorId, GraphError> {
        let operands = [x].into_iter().chain(parameters).collect();
        self.op(name, OpKind::ProxyActivation(activation), operands)
    }

    /// A pointwise function of two operands of the same number of dimensions.
    pub fn binary(
        &mut self,
        name: impl Into<String>,
        function: Binary,
        left: TensorId,
        right: TensorId,
    ) -> Result<TensorId, GraphError> {
        self.op(name, OpKind::Binary(function), vec![left, right])
    }

    /// Windowed pooling.
    pub fn pool(&mut self, name: impl Into<String>, pool: Pool, x: TensorId) -> Result<TensorId, GraphError> {
        self.op(name, OpKind::Pool(pool), vec![x])
    }

    /// Mean over all spatial dimensions.
    pub fn global_average_pool(
        &mut self,
        name: impl Into<String>,
        x: TensorId,
    ) -> Result<TensorId, GraphError> {
        self.op(name, OpKind::GlobalAveragePool, vec![x])
    }

    /// Softmax over the channels.
    pub fn softmax(&mut self, name: impl Into<String>, x: TensorId) -> Result<TensorId, GraphError> {
        self.op(name, OpKind::Softmax { axes: 1..2 }, vec![x])
    }

    /// The same elements in another shape.
    pub fn reshape(
        &mut self,
        name: impl Into<String>,
        x: TensorId,
        shape: &[u64],
    ) -> Result<TensorId, GraphError> {
        self.push(name.into(), OpKind::Reshape, vec![x], shape)
    }

    /// Elements of the operands in other places.
    pub fn rearrange(
        &mut self,
        name: impl Into<String>,
        rearrangement: Rearrangement,
        operands: Vec<TensorId>,
    ) -> Result<TensorId, GraphError> {
        self.op(name, OpKind::Rearrange(rearrangement), operands)
    }

    /// An operator whose shape must be stated ([`OpKind::output_shape`]).
    pub fn stated_op(
        &mut self,
        name: impl Into<String>,
        kind: OpKind,
        operands: Vec<TensorId>,
        shape: &[u64],
    ) -> Result<TensorId, GraphError> {
        self.push(name.into(), kind, operands, shape)
    }

    /// Any operator whose operands determine its shape.
    pub fn op(
        &mut self,
        name: impl Into<String>,
        kind: OpKind,
        operands: Vec<TensorId>,
    ) -> Result<TensorId, GraphError> {
        self.push(name.into(), kind, operands, &[])
    }

    /// The graph, with the tensors that are its result.
    pub fn finish(mut self, outputs: Vec<TensorId>) -> Result<Graph, GraphError> {
        for &output in &outputs {
            self.known("outputs", output)?;
        }
        self.graph.outputs = outputs;
        Ok(self.graph)
    }

    fn push(
        &mut self,
        name: String,
        kind: OpKind,
        inputs: Vec<TensorId>,
        stated: &[u64],
    ) -> Result<TensorId, GraphError> {
        let operands = inputs
            .iter()
            .map(|&id| self.known(&name, id))
            .collect::<Result<Vec<_>, _>>()?;
        let shapes: Vec<&[u64]> = operands.iter().map(|tensor| tensor.shape.as_slice()).collect();
        let types: Vec<ElementType> = operands.iter().map(|tensor| tensor.data_type).collect();
        let data_type = kind.output_type(&types, self.data_type);
        let shape = match kind.output_shape(&shapes, stated) {
            Ok(shape) => shape,
            Err(source) => return Err(GraphError::Shape { op: name, source }),
        };
        let Some(layer) = self.layer else {
            return Err(GraphError::NoLayer { op: name });
        };
        let output = self.tensor(name.clone(), shape, data_type, self.results)?;
        self.graph.ops.push(Op {
            name,
            layer,
            kind,
            inputs,
            output,
            phase: self.phase,
        });
        Ok(output)
    }

    fn known(&self, user: &str, id: TensorId) -> Result<&Tensor, GraphError> {
        self.graph
            .tensors
            .get(id.0 as usize)
            .ok_or_else(|| GraphError::UnknownTensor {
                user: user.to_owned(),
                index: id.0,
                tensors: self.graph.tensors.len(),
            })
    }

    pub(crate) fn source(
        &mut self,
        name: String,
        shape: Vec<u64>,
        data_type: ElementType,
        kind: TensorKind,
    ) -> Result<TensorId, GraphError> {
        if checked_product(&shape, MAX_ELEMENTS).is_none_or(|elements| elements == 0) {
            return Err(GraphError::TensorShape {
                name,
                shape,
                limit: MAX_ELEMENTS,
            });
        }
        self.tensor(name, shape, data_type, kind)
    }

    fn tensor(
        &mut self,
        name: String,
        shape: Vec<u64>,
        data_type: ElementType,
        kind: TensorKind,
    ) -> Result<TensorId, GraphError> {
        if !self.tensor_names.insert(name.clone()) {
            return Err(GraphError::DuplicateName { name });
        }
        let id = TensorId(self.graph.tensors.len() as u32);
        self.graph.tensors.push(Tensor {
            name,
            shape,
            data_type,
            kind,
        });
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NormKind, ShapeError};

    fn builder() -> (GraphBuilder, TensorId) {
        let mut builder = GraphBuilder::new("test", ElementType::F16);
        let x = builder
            .input("x", vec![2, 8, 5, 5], ElementType::F16)
            .expect("an input");
        builder.layer("layer", "block", LayerKind::Conv);
        (builder, x)
    }

    #[test]
    fn shapes_follow_the_operators() {
        let (mut builder, x) = builder();
        let convolution = Convolution::new(2, 8, 6, &[5, 5], &[3, 3])
            .strided(2)
            .same_padded();
        let weights = builder
            .parameter("weights", convolution.weight_shape())
            .expect("weights");
        let bias = builder.parameter("bias", vec![6]).expect("a bias");
        let y = builder
            .convolution("conv", convolution, x, weights, Some(bias))
            .expect("a convolution");
        assert_eq!(builder.shape(y), [2, 6, 3, 3]);
        let mean = builder.global_average_pool("mean", y).expect("a mean");
        assert_eq!(builder.shape(mean), [2, 6, 1, 1]);
        let scaled = builder
            .binary("scale", Binary::Multiply, y, mean)
            .expect("a product");
        assert_eq!(builder.shape(scaled), [2, 6, 3, 3]);
        let flat = builder.reshape("flat", mean, &[2, 6]).expect("as many elements");
        let matrix = builder.parameter("matrix", vec![10, 6]).expect("weights");
        let logits = builder
            .fully_connected("logits", flat, matrix, None)
            .expect("fully connected");
        let graph = builder.finish(vec![logits]).expect("a graph");
        assert_eq!(graph.tensor(logits).shape, [2, 10]);
        assert_eq!(graph.ops.len(), 5);
    }

    #[test]
    fn concatenation_adds_up_one_dimension() {
        let (mut builder, x) = builder();
        let pointwise = Convolution::new(2, 8, 6, &[5, 5], &[1, 1]);
        let weights = builder
            .parameter("weights", pointwise.weight_shape())
            .expect("weights");
        let y = builder
            .convolution("conv", pointwise, x, weights, None)
            .expect("a convolution");
        let concat = OpKind::Concat { axis: 1 };
        let both = builder
            .op("concat", concat.clone(), vec![x, y])
            .expect("a concatenation");
        assert_eq!(builder.shape(both), [2, 14, 5, 5]);
        assert!(matches!(
            concat.output_shape(&[&[2, 8, 5, 5], &[2, 8, 5, 4]], &[]),
            Err(ShapeError::Operand { .. })
        ));
        assert!(matches!(
            OpKind::Concat { axis: 4 }.output_shape(&[&[2, 8, 5, 5]], &[]),
            Err(ShapeError::Rank { .. })
        ));
    }

    #[test]
    fn mistakes_name_the_operator_and_what_was_expected() {
        let (mut builder, x) = builder();
        let convolution = Convolution::new(2, 8, 6, &[5, 5], &[3, 3]);
        let weights = builder.parameter("weights", vec![6, 4, 3, 3]).expect("weights");
        assert_eq!(
            builder.convolution("conv", convolution, x, weights, None),
            Err(GraphError::Shape {
                op: "conv".to_owned(),
                source: ShapeError::Operand {
                    operand: "weights",
                    expected: vec![6, 8, 3, 3],
                    got: vec![6, 4, 3, 3],
                },
            })
        );
        let norm = Norm {
            kind: NormKind::contiguous(3),
            epsilon: 1e-3,
            gamma: false,
            beta: false,
        };
        assert_eq!(
            builder.norm("norm", norm, x, &[]),
            Err(GraphError::Shape {
                op: "norm".to_owned(),
                source: ShapeError::NormGroups {
                    channels: 8,
                    groups: 3
                },
            })
        );
        assert!(matches!(
            builder.reshape("reshape", x, &[3]),
            Err(GraphError::Shape { .. })
        ));
        assert!(matches!(
            builder.parameter("weights", vec![1]),
            Err(GraphError::DuplicateName { .. })
        ));
        assert!(matches!(
            builder.parameter("empty", vec![0]),
            Err(GraphError::TensorShape { .. })
        ));
        assert!(matches!(
            builder.softmax("softmax", TensorId(99)),
            Err(GraphError::UnknownTensor { index: 99, .. })
        ));
    }

    #[test]
    fn operators_need_a_layer() {
        let mut builder = GraphBuilder::new("test", ElementType::F16);
        let x = builder
            .input("x", vec![1, 1], ElementType::F16)
            .expect("an input");
        assert!(matches!(
            builder.softmax("softmax", x),
            Err(GraphError::NoLayer { .. })
        ));
    }
}
