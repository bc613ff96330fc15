//! From nodes to the [`Network`]: constants are folded, shapes inferred, and patterns recognised as their last node arrives.

mod affine;
mod convolution;
mod elementwise;
mod linear;
mod norm;
mod pattern;
mod pool;
mod shape;

use std::collections::BTreeMap;

use tilesim_graph::{Activation, ElementType, OpKind, Spatial};

use super::{
    OnnxError,
    constant::{Constant, Content, Integers},
    fold::{self, Budget},
    limits::MAX_OPERATORS,
    network::{Input, Network, Source, Step, StepKind},
    node::Node,
};

/// Operators of ONNX that are imported.
pub(super) const SUPPORTED: &str = "Add, AveragePool, BatchNormalization, Cast, Clip, Concat, Conv, Div, Dropout, Flatten, Gelu, Gemm, \
    GlobalAveragePool, GlobalMaxPool, GroupNormalization, HardSigmoid, HardSwish, Identity, InstanceNormalization, \
    LayerNormalization, MatMul, MaxPool, Mul, Pad, ReduceMean, Relu, Reshape, Sigmoid, Softmax, Squeeze, Sub, Tanh, Unsqueeze; \
    Erf, Pow, Reciprocal, Sqrt as parts of GELU and layer norm; and arithmetic on shapes and constants";

/// What a value of the file is.
#[derive(Debug, Clone)]
enum Value {
    /// Known beforehand.
    Constant(Constant),
    /// Put out by a step, or fed from outside.
    Tensor(Source),
    /// A tensor with a border that the convolution or pool that reads it takes in.
    Padded(Padded),
}

/// A tensor with a border around its spatial dimensions.
#[derive(Debug, Clone)]
struct Padded {
    source: Source,
    lower: Spatial<i64>,
    upper: Spatial<i64>,
    /// What the border holds.
    fill: f64,
    /// Name of the `Pad` node.
    node: String,
}

/// A batch that the file states, and the one that takes its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    pub(super) stated: Option<u64>,
    pub(super) bound: u64,
}

/// Translates node after node.
pub(super) struct Translator<'a> {
    batch: Batch,
    values: BTreeMap<&'a str, Value>,
    /// How often each value is read.
    readers: BTreeMap<&'a str, usize>,
    network: Network,
    budget: Budget,
}

impl<'a> Translator<'a> {
    pub(super) fn new(batch: Batch, readers: BTreeMap<&'a str, usize>) -> Self {
        Self {
            batch,
            readers,
            values: BTreeMap::new(),
            network: Network::default(),
            budget: Budget::default(),
        }
    }

    /// States a tensor that is fed from outside.
    pub(super) fn input(&mut self, name: &'a str, shape: Vec<u64>, data_type: ElementType) {
        let source = Source::Input(self.network.inputs.len());
        self.network.inputs.push(Input {
            name: name.to_owned(),
            shape,
            data_type,
        });
        self.values.insert(name, Value::Tensor(source));
    }

    /// States a constant of the file.
    pub(super) fn constant(&mut self, name: &'a str, constant: Constant) {
        self.values.insert(name, Value::Constant(constant));
    }

    /// The network, whose results are these values.
    pub(super) fn finish<'b>(mut self, outputs: impl Iterator<Item = &'b str>) -> Result<Network, OnnxError> {
        for name in outputs {
            let wrong = |reason: &str| OnnxError::Value {
                value: name.to_owned(),
                reason: reason.to_owned(),
                expected: "outputs that operators put out from the inputs",
            };
            match self.values.get(name) {
                Some(Value::Tensor(source @ Source::Step(_))) => self.network.outputs.push(*source),
                Some(Value::Tensor(_)) => return Err(wrong("this output is an input")),
                Some(Value::Constant(_)) => return Err(wrong("this output is a constant")),
                Some(Value::Padded(_)) => return Err(wrong("this output is a padded tensor")),
                None => {
                    return Err(OnnxError::Undefined {
                        reader: "outputs".to_owned(),
                        value: name.to_owned(),
                    });
                }
            }
        }
        Ok(self.network)
    }

    /// Translates a node, whose operands have been.
    pub(super) fn node(&mut self, node: Node<'a>, attribute: Option<Constant>) -> Result<(), OnnxError> {
        let value = match attribute {
            Some(constant) => Value::Constant(constant),
            None => self.value_of(node)?,
        };
        for unused in node
            .proto
            .output
            .iter()
            .skip(1)
            .filter(|output| !output.is_empty())
        {
            // A reader of a second output finds nothing, and is told so; only `Dropout`'s mask may be left unread.
            self.values.remove(unused.as_str());
        }
        self.values.insert(node.output(), value);
        Ok(())
    }

    fn value_of(&mut self, node: Node<'a>) -> Result<Value, OnnxError> {
        let op_type = node.op_type();
        if let Some(value) = self.known_shape(node, &op_type)? {
            return Ok(value);
        }
        if let Some(constant) = self.folded(node)? {
            return Ok(Value::Constant(constant));
        }
        match op_type.as_str() {
            "Conv" => convolution::convolution(self, node),
            "Gemm" => linear::gemm(self, node),
            "MatMul" => linear::matrix_product(self, node),
            "BatchNormalization" => norm::batch(self, node),
            "InstanceNormalization" => norm::instance(self, node),
            "GroupNormalization" => norm::group(self, node),
            "LayerNormalization" => norm::layer(self, node),
            "Relu" => self.activation(node, Activation::Relu),
            "Sigmoid" => self.activation(node, Activation::Sigmoid),
            "Tanh" => self.activation(node, Activation::Tanh),
            "Clip" => elementwise::clip(self, node),
            "HardSigmoid" => elementwise::hard_sigmoid(self, node),
            "HardSwish" => self.activation(node, Activation::HardSwish),
            "Gelu" => elementwise::gelu(self, node),
            "Swish" => elementwise::swish(self, node),
            "Add" | "Sub" | "Mul" | "Div" => elementwise::binary(self, node, &op_type),
            "Sqrt" | "Reciprocal" | "Erf" | "Pow" => elementwise::fragment(self, node, &op_type),
            "MaxPool" | "AveragePool" => pool::windowed(self, node),
            "GlobalAveragePool" => pool::global_average(self, node),
            "GlobalMaxPool" => pool::global_max(self, node),
            "ReduceMean" => pool::mean(self, node),
            "Softmax" => elementwise::softmax(self, node),
            "Pad" => convolution::pad(self, node),
            "Reshape" => shape::reshape(self, node),
            "Flatten" => shape::flatten(self, node),
            "Squeeze" | "Unsqueeze" => shape::squeeze(self, node, &op_type),
            "Transpose" => shape::transpose(self, node),
            "Slice" => shape::slice(self, node),
            "Concat" => shape::concat(self, node),
            "Identity" => self.operand(node, 0).cloned(),
            "Dropout" => elementwise::dropout(self, node),
            "Cast" => elementwise::cast(self, node),
            _ => Err(node.unsupported("this operator is not imported", SUPPORTED)),
        }
    }

    /// `Shape` and `Size` are known though their operand is not.
    fn known_shape(&self, node: Node<'a>, op_type: &str) -> Result<Option<Value>, OnnxError> {
        if !matches!(op_type, "Shape" | "Size") {
            return Ok(None);
        }
        let shape = match self.operand(node, 0)? {
            Value::Constant(constant) => constant.shape().to_vec(),
            Value::Tensor(source) => self.network.shape(*source).to_vec(),
            Value::Padded(padded) => padded.shape(&self.network).ok_or_else(|| {
                node.invalid(
                    "its padded operand has no size left",
                    "padding that cuts off less than there is",
                )
            })?,
        };
        let sizes = || shape.iter().map(|&size| size as i64);
        let integers = if op_type == "Size" {
            Integers {
                shape: Vec::new(),
                values: [sizes().product()].into(),
            }
        } else {
            let rank = shape.len() as i64;
            let index = |name, absent| {
                Ok::<_, OnnxError>(
                    match node.integer(name)?.unwrap_or(absent) {
                        index if index < 0 => index.saturating_add(rank),
                        index => index,
                    }
                    .clamp(0, rank) as usize,
                )
            };
            let (start, end) = (index("start", 0)?, index("end", rank)?);
            Integers::list(sizes().take(end).skip(start))
        };
        Ok(Some(Value::Constant(Constant::integers(node.output(), integers))))
    }

    /// The value of a node whose operands are all constants.
    fn folded(&mut self, node: Node<'a>) -> Result<Option<Constant>, OnnxError> {
        let mut operands = Vec::new();
        for index in 0..node.proto.input.len() {
            operands.push(match node.input(index) {
                None => None,
                Some(_) => match self.operand(node, index)? {
                    Value::Constant(constant) => Some(constant.clone()),
                    Value::Tensor(_) | Value::Padded(_) => return Ok(None),
                },
            });
        }
        let operands: Vec<Option<&Constant>> = operands.iter().map(Option::as_ref).collect();
        fold::evaluate(node, &operands, &mut self.budget)
    }

    /// An operand.
    fn operand(&self, node: Node<'a>, index: usize) -> Result<&Value, OnnxError> {
        let name = node
            .input(index)
            .ok_or_else(|| node.invalid(format!("it has no operand {index}"), "one"))?;
        self.values.get(name).ok_or_else(|| OnnxError::Undefined {
            reader: node.name().to_owned(),
            value: name.to_owned(),
        })
    }

    /// An operand that is computed from the input.
    fn tensor(&self, node: Node<'a>, index: usize) -> Result<Source, OnnxError> {
        match self.operand(node, index)? {
            Value::Tensor(source) => Ok(*source),
            Value::Constant(constant) => Err(node.unsupported(
                format!("operand {index} is a constant of shape {:?}", constant.shape()),
                "tensors computed from the inputs",
            )),
            Value::Padded(padded) => Err(node.unsupported(
                format!("it reads what `{}` has padded", padded.node),
                "Pad before Conv, MaxPool and AveragePool",
            )),
        }
    }

    /// An operand that is known beforehand, if it is there.
    fn constant_operand(&self, node: Node<'a>, index: usize) -> Result<Option<&Constant>, OnnxError> {
        if node.input(index).is_none() {
            return Ok(None);
        }
        match self.operand(node, index)? {
            Value::Constant(constant) => Ok(Some(constant)),
            Value::Tensor(_) | Value::Padded(_) => Err(node.unsupported(
                format!("operand {index} is computed from the inputs"),
                "a constant as that operand",
            )),
        }
    }

    /// An operand that must be there and be of numbers.
    fn parameter(&self, node: Node<'a>, index: usize) -> Result<Constant, OnnxError> {
        let constant = self
            .constant_operand(node, index)?
            .ok_or_else(|| node.invalid(format!("it has no operand {index}"), "one"))?;
        match constant.content {
            Content::Numbers(_) => Ok(constant.clone()),
            Content::Integers(_) => Err(node.unsupported(
                format!("operand {index} is of whole numbers"),
                "floating-point numbers of 16, 32 or 64 bits",
            )),
        }
    }

    /// The number that an operand is, if it is there.
    fn number(&self, node: Node<'a>, index: usize) -> Result<Option<f64>, OnnxError> {
        match self.constant_operand(node, index)? {
            None => Ok(None),
            Some(constant) => constant.scalar().map(Some).ok_or_else(|| {
                node.invalid(
                    format!("operand {index} has shape {:?}", constant.shape()),
                    "one number",
                )
            }),
        }
    }

    /// The list of whole numbers that an operand is, if it is there.
    fn list(&self, node: Node<'a>, index: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.constant_operand(node, index)? {
            None => Ok(None),
            Some(constant) => fold::integers(node, &[Some(constant)], 0).map(|list| Some(list.to_vec())),
        }
    }

    /// Whether no other node reads an operand, so that what puts it out may be replaced.
    fn reads_alone(&self, node: Node<'a>, index: usize) -> bool {
        node.input(index)
            .is_some_and(|name| self.readers.get(name) == Some(&1))
    }

    /// A constant as an operand of a step.
    fn add_constant(&mut self, constant: Constant) -> Source {
        self.network.constants.push(constant);
        Source::Constant(self.network.constants.len() - 1)
    }

    fn activation(&mut self, node: Node<'a>, activation: Activation) -> Result<Value, OnnxError> {
        let x = self.tensor(node, 0)?;
        self.operator(node, OpKind::Activation(activation), vec![x])
    }

    /// The result of an operator of the graph.
    fn operator(&mut self, node: Node<'a>, kind: OpKind, inputs: Vec<Source>) -> Result<Value, OnnxError> {
        self.step(node, kind, inputs, &[]).map(Value::Tensor)
    }

    /// Adds an operator of the graph; `stated` is the shape that a reshape makes.
    fn step(
        &mut self,
        node: Node<'a>,
        kind: OpKind,
        inputs: Vec<Source>,
        stated: &[u64],
    ) -> Result<Source, OnnxError> {
        let shapes: Vec<&[u64]> = inputs.iter().map(|&input| self.network.shape(input)).collect();
        let shape = kind
            .output_shape(&shapes, stated)
            .map_err(|source| node.shape(source))?;
        if shape.contains(&0) {
            return Err(node.invalid(format!("its result has shape {shape:?}"), "at least one element"));
        }
        self.push(node, StepKind::Operator(kind), inputs, shape)
    }

    fn push(
        &mut self,
        node: Node<'a>,
        kind: StepKind,
        inputs: Vec<Source>,
        shape: Vec<u64>,
    ) -> Result<Source, OnnxError> {
        // Patterns leave up to two steps behind for each that stays.
        let limit = 4 * MAX_OPERATORS;
        if self.network.steps.len() >= limit {
            return Err(OnnxError::TooMany {
                what: "operators",
                got: self.network.steps.len() as u64 + 1,
                limit: limit as u64,
            });
        }
        self.network.steps.push(Step {
            node: node.name().to_owned(),
            op_type: node.op_type(),
            kind,
            inputs,
            shape,
        });
        Ok(Source::Step(self.network.steps.len() - 1))
    }

    /// The same elements in another shape; reshapes of reshapes are one, and a shape that stays is none.
    fn reshaped(&mut self, node: Node<'a>, x: Source, shape: &[u64]) -> Result<Source, OnnxError> {
        let origin = match self.network.step(x) {
            Some(step) if step.kind == StepKind::Operator(OpKind::Reshape) => step.inputs[0],
            _ => x,
        };
        if self.network.shape(x) == shape {
            return Ok(x);
        }
        if self.network.shape(origin) == shape {
            return Ok(origin);
        }
        self.step(node, OpKind::Reshape, vec![origin], shape)
    }
}

impl Padded {
    /// The shape with the border; `None` where the padding cuts off all there is.
    fn shape(&self, network: &Network) -> Option<Vec<u64>> {
        let mut shape = network.shape(self.source).to_vec();
        for (index, (&lower, &upper)) in self.lower.iter().zip(&self.upper).enumerate() {
            let size = shape.get_mut(index + 2)?;
            *size = u64::try_from(i128::from(*size) + i128::from(lower) + i128::from(upper)).ok()?;
        }
        Some(shape)
    }
}
