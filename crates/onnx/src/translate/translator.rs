//! What translating a node needs: the values so far, and the network under construction. It knows no operators.

use std::collections::BTreeMap;

use tilesim_graph::{Activation, ElementType, OpKind, PadMode, Rearrangement, ShapeError, Spatial};

use crate::{
    OnnxError,
    constant::{Constant, Content},
    external::ExternalFiles,
    fold::{self, Budget},
    limits::MAX_OPERATORS,
    network::{Input, Network, Source, Step},
    node::{Node, SUPPORTED},
    weights::Weight,
};

/// What a value of the file is.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Known beforehand.
    Constant(Constant),
    /// Put out by a step, or fed from outside.
    Tensor(Source),
    /// A tensor with a border that the convolution or pool that reads it takes in.
    Padded(Padded),
}

/// A tensor with a border around its spatial dimensions.
#[derive(Debug, Clone)]
pub(crate) struct Padded {
    pub(crate) source: Source,
    pub(crate) lower: Spatial<i64>,
    pub(crate) upper: Spatial<i64>,
    /// What the border holds.
    pub(crate) fill: f64,
    /// Name of the `Pad` node.
    pub(crate) node: String,
    /// Name of what it puts out, which is no other node's.
    pub(crate) name: String,
    /// Version of its operator set.
    pub(crate) opset: i64,
}

/// Translates node after node.
pub(crate) struct Translator<'a> {
    pub(crate) files: &'a ExternalFiles,
    pub(crate) values: BTreeMap<&'a str, Value>,
    /// How often each value is read.
    pub(crate) readers: BTreeMap<&'a str, usize>,
    /// Tensors with their borders, by name.
    bordered: BTreeMap<String, Source>,
    /// Matrices, and the same the other way round: exporters share weights.
    transposed: Vec<(Weight, Weight)>,
    pub(crate) network: Network,
    pub(crate) budget: Budget,
}

impl<'a> Translator<'a> {
    pub(crate) fn new(readers: BTreeMap<&'a str, usize>, files: &'a ExternalFiles) -> Self {
        Self {
            files,
            readers,
            bordered: BTreeMap::new(),
            values: BTreeMap::new(),
            transposed: Vec::new(),
            network: Network::default(),
            budget: Budget::default(),
        }
    }

    /// States a tensor that is fed from outside.
    pub(crate) fn input(&mut self, name: &'a str, shape: Vec<u64>, data_type: ElementType) {
        let source = Source::Input(self.network.inputs.len());
        self.network.inputs.push(Input {
            name: name.to_owned(),
            shape,
            data_type,
        });
        self.values.insert(name, Value::Tensor(source));
    }

    /// States a constant of the file.
    pub(crate) fn constant(&mut self, name: &'a str, constant: Constant) {
        self.values.insert(name, Value::Constant(constant));
    }

    /// States what a node puts out besides its first output; nothing where it does not name that one.
    pub(crate) fn put_out(&mut self, node: Node<'a>, index: usize, value: Value) {
        if let Some(name) = node.proto.output.get(index).filter(|name| !name.is_empty()) {
            self.values.insert(name, value);
        }
    }

    /// The network, whose results are these values.
    pub(crate) fn finish<'b>(mut self, outputs: impl Iterator<Item = &'b str>) -> Result<Network, OnnxError> {
        for name in outputs {
            let wrong = |reason: &str| OnnxError::Value {
                value: name.to_owned(),
                reason: reason.to_owned(),
                expected: "outputs that operators put out from the inputs".to_owned(),
            };
            match self.values.get(name).cloned() {
                Some(Value::Constant(_) | Value::Tensor(Source::Constant(_))) => {
                    return Err(wrong("this output is a constant"));
                }
                Some(Value::Tensor(source)) => self.network.outputs.push(source),
                Some(Value::Padded(padded)) => {
                    let source = self.with_border(&padded)?;
                    self.network.outputs.push(source);
                }
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

    /// An operand.
    pub(crate) fn operand(&self, node: Node<'a>, index: usize) -> Result<&Value, OnnxError> {
        let name = node
            .input(index)
            .ok_or_else(|| node.invalid(format!("it has no operand {index}"), "one"))?;
        self.values.get(name).ok_or_else(|| OnnxError::Undefined {
            reader: node.name().to_owned(),
            value: name.to_owned(),
        })
    }

    /// An operand that is computed from the input.
    pub(crate) fn tensor(&mut self, node: Node<'a>, index: usize) -> Result<Source, OnnxError> {
        match self.operand(node, index)? {
            Value::Tensor(source) if self.is_of_bytes(node, index, *source) => Err(node.unsupported(
                format!("operand {index} is of bytes, whose arithmetic is another"),
                "a Cast of such an input to floating-point numbers first",
            )),
            Value::Tensor(source) => Ok(*source),
            Value::Constant(constant) => Err(node.unsupported(
                format!("operand {index} is a constant of shape {:?}", constant.shape()),
                "tensors computed from the inputs",
            )),
            Value::Padded(padded) => {
                let padded = padded.clone();
                self.with_border(&padded)
            }
        }
    }

    /// Whether an operand is an input of bytes as it is fed: behind a `Cast` it has another name.
    fn is_of_bytes(&self, node: Node<'a>, index: usize, source: Source) -> bool {
        match source {
            Source::Input(input) => {
                let input = &self.network.inputs[input];
                input.data_type == ElementType::U8 && node.input(index) == Some(input.name.as_str())
            }
            Source::Step(_) | Source::Constant(_) => false,
        }
    }

    /// A tensor with its border, for whoever cannot take the border in; the same for all of them.
    pub(crate) fn with_border(&mut self, padded: &Padded) -> Result<Source, OnnxError> {
        if let Some(&known) = self.bordered.get(&padded.name) {
            return Ok(known);
        }
        let wrong = |source: ShapeError| OnnxError::Shape {
            node: padded.node.clone(),
            op_type: "Pad".to_owned(),
            opset: padded.opset,
            source,
        };
        let shape = self.network.shape(padded.source);
        let of_all = |field: &[i64]| [&[0; 2], field].concat();
        let mode = PadMode::Constant(padded.fill);
        let by = Rearrangement::pad(shape, &of_all(&padded.lower), &of_all(&padded.upper), mode)
            .map_err(|error| wrong(ShapeError::from(error)))?;
        let kind = OpKind::Rearrange(by);
        let shape = kind.output_shape(&[shape], &[]).map_err(wrong)?;
        self.network.steps.push(Step {
            node: padded.node.clone(),
            op_type: "Pad".to_owned(),
            kind,
            inputs: vec![padded.source],
            shape,
        });
        let source = Source::Step(self.network.steps.len() - 1);
        self.bordered.insert(padded.name.clone(), source);
        Ok(source)
    }

    /// The same of floating-point numbers. Arithmetic on whole numbers, which wraps around and rounds to 0, is another.
    pub(crate) fn real_tensor(&mut self, node: Node<'a>, index: usize) -> Result<Source, OnnxError> {
        let source = self.tensor(node, index)?;
        match source {
            Source::Input(input) => {
                let input = &self.network.inputs[input];
                // What a cast makes of an input has another name.
                let is_cast = node.input(index) != Some(input.name.as_str());
                if is_cast || input.data_type.is_floating_point() {
                    return Ok(source);
                }
                Err(node.unsupported(
                    format!("operand {index} is an input of whole numbers"),
                    "floating-point numbers, such as a cast of it",
                ))
            }
            Source::Constant(_) | Source::Step(_) => Ok(source),
        }
    }

    /// An operand that is known beforehand, if it is there.
    pub(crate) fn constant_operand(
        &self,
        node: Node<'a>,
        index: usize,
    ) -> Result<Option<&Constant>, OnnxError> {
        if node.input(index).is_none() {
            return Ok(None);
        }
        match self.operand(node, index)? {
            Value::Constant(constant) => Ok(Some(constant)),
            Value::Tensor(_) | Value::Padded(_) => Err(node.unsupported(
                format!("operand {index} is computed from the inputs"),
                format!("a constant as that operand, and {SUPPORTED}"),
            )),
        }
    }

    /// An operand that must be there and be of numbers.
    pub(crate) fn parameter(&self, node: Node<'a>, index: usize) -> Result<Constant, OnnxError> {
        let constant = self
            .constant_operand(node, index)?
            .ok_or_else(|| node.invalid(format!("it has no operand {index}"), "one"))?;
        match &constant.content {
            Content::Numbers(weight) if weight.is_float() => Ok(constant.clone()),
            Content::Numbers(_) | Content::Integers(_) => Err(node.unsupported(
                format!("operand {index} is of whole numbers"),
                "floating-point numbers of 16, 32 or 64 bits",
            )),
        }
    }

    /// The number that an operand is, if it is there.
    pub(crate) fn number(&self, node: Node<'a>, index: usize) -> Result<Option<f64>, OnnxError> {
        match self.constant_operand(node, index)? {
            None => Ok(None),
            Some(constant) => constant.number()?.map(Some).ok_or_else(|| {
                node.invalid(
                    format!("operand {index} has shape {:?}", constant.shape()),
                    "one number",
                )
            }),
        }
    }

    /// The list of whole numbers that an operand is, if it is there.
    pub(crate) fn list(&self, node: Node<'a>, index: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.constant_operand(node, index)? {
            None => Ok(None),
            Some(constant) => fold::integers(node, &[Some(constant)], 0).map(|list| Some(list.to_vec())),
        }
    }

    /// A matrix the other way round.
    pub(crate) fn transposed(&mut self, node: Node<'a>, matrix: &Constant) -> Result<Constant, OnnxError> {
        let (&[rows, columns], Content::Numbers(numbers)) = (matrix.shape(), &matrix.content) else {
            return Err(node.shape(ShapeError::Rank {
                operand: "second operand",
                expected: "a matrix",
                got: matrix.shape().to_vec(),
            }));
        };
        let known = self.transposed.iter().find(|(known, _)| known.is_same(numbers));
        let transposed = if let Some((_, transposed)) = known {
            transposed.clone()
        } else {
            self.budget.take(node, matrix.shape(), false)?;
            let transposed = numbers.reordered(vec![columns, rows], move || {
                let order = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
                order.map(|index| index as usize).collect()
            })?;
            self.transposed.push((numbers.clone(), transposed.clone()));
            transposed
        };
        Ok(Constant::numbers(&matrix.origin, transposed))
    }

    /// Whether no other node reads an operand, so that what puts it out may be replaced.
    pub(crate) fn reads_alone(&self, node: Node<'a>, index: usize) -> bool {
        node.input(index)
            .is_some_and(|name| self.readers.get(name) == Some(&1))
    }

    /// A constant as an operand of a step.
    pub(crate) fn add_constant(&mut self, constant: Constant) -> Source {
        self.network.constants.push(constant);
        Source::Constant(self.network.constants.len() - 1)
    }

    pub(crate) fn activation(&mut self, node: Node<'a>, activation: Activation) -> Result<Value, OnnxError> {
        let x = self.real_tensor(node, 0)?;
        self.operator(node, OpKind::Activation(activation), vec![x])
    }

    /// The result of an operator of the graph.
    pub(crate) fn operator(
        &mut self,
        node: Node<'a>,
        kind: OpKind,
        inputs: Vec<Source>,
    ) -> Result<Value, OnnxError> {
        self.step(node, kind, inputs, &[]).map(Value::Tensor)
    }

    /// Adds an operator of the graph; `stated` is the shape that a reshape makes.
    pub(crate) fn step(
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
        self.push(node, kind, inputs, shape)
    }

    fn push(
        &mut self,
        node: Node<'a>,
        kind: OpKind,
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
    pub(crate) fn reshaped(&mut self, node: Node<'a>, x: Source, shape: &[u64]) -> Result<Source, OnnxError> {
        let origin = match self.network.step(x) {
            Some(step) if step.kind == OpKind::Reshape => step.inputs[0],
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
    pub(crate) fn shape(&self, network: &Network) -> Option<Vec<u64>> {
        let mut shape = network.shape(self.source).to_vec();
        for (index, (&lower, &upper)) in self.lower.iter().zip(&self.upper).enumerate() {
            let size = shape.get_mut(index + 2)?;
            *size = u64::try_from(i128::from(*size) + i128::from(lower) + i128::from(upper)).ok()?;
        }
        Some(shape)
    }
}
