//! An ONNX file, read once and imported for any batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use prost::{Message, bytes::Bytes};
use tilesim_graph::{ElementType, Graph};

use super::{
    OnnxError,
    constant::{self, Constant, Integers, number_format},
    deferral::deferred,
    emit::emit,
    external::{self, ExternalFiles},
    limits::{MAX_DIMENSIONS, MAX_FILE_BYTES, MAX_INTEGERS, MAX_NODES},
    node::Node,
    order,
    proto::{GraphProto, ModelProto, TensorProto, ValueInfoProto, data_type},
    translate::{Batch, Translator},
    weights::{Weight, Weights},
};

/// Oldest operator set that is imported.
const OLDEST_OPSET: i64 = 11;

/// Newest operator set that is imported.
const NEWEST_OPSET: i64 = 22;

/// A model as its file states it. Weights lie in memory once, however often the model is imported.
#[derive(Debug, Clone)]
pub struct OnnxFile {
    name: String,
    opset: i64,
    graph: GraphProto,
    external: ExternalFiles,
}

/// An imported network.
#[derive(Debug, Clone)]
pub struct OnnxModel {
    /// The network; norms are not folded. Parameters and statistics have the names of the file's initialisers.
    pub graph: Graph,
    /// Values of its parameters and statistics.
    pub weights: Weights,
}

impl OnnxFile {
    /// Reads a model and its external data, which must lie in the model's folder or beneath it.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read, is no ONNX model or one of an opset that is not imported.
    pub fn open(path: &Path) -> Result<Self, OnnxError> {
        let cannot = |source| OnnxError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::metadata(path).map_err(cannot)?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(OnnxError::FileTooLarge {
                path: path.to_owned(),
                bytes,
                limit: MAX_FILE_BYTES,
            });
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::decode(
            &name,
            external::whole(path)?,
            Some(parent.unwrap_or(Path::new("."))),
        )
    }

    /// Reads a model from memory, which may not have external data.
    ///
    /// # Errors
    ///
    /// Where it is no ONNX model or one of an opset that is not imported.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, OnnxError> {
        Self::decode(name, bytes.into(), None)
    }

    /// Name of the file without its extension.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn decode(name: &str, bytes: Bytes, folder: Option<&Path>) -> Result<Self, OnnxError> {
        let model = ModelProto::decode(bytes)?;
        let graph = model.graph.ok_or(OnnxError::NoGraph)?;
        let mut sets = model.opset_import.iter();
        let opset = sets.find(|set| matches!(set.domain.as_deref(), None | Some("" | "ai.onnx")));
        let opset = opset.and_then(|set| set.version);
        let opset = opset
            .filter(|opset| (OLDEST_OPSET..=NEWEST_OPSET).contains(opset))
            .ok_or(OnnxError::Opset {
                opset,
                oldest: OLDEST_OPSET,
                newest: NEWEST_OPSET,
            })?;
        if graph.node.len() > MAX_NODES {
            return Err(OnnxError::TooMany {
                what: "nodes",
                got: graph.node.len() as u64,
                limit: MAX_NODES as u64,
            });
        }
        let attributes = graph.node.iter().flat_map(|node| &node.attribute);
        let tensors = graph
            .initializer
            .iter()
            .chain(attributes.filter_map(|attribute| attribute.t.as_ref()));
        let external = ExternalFiles::load(tensors, folder)?;
        Ok(Self {
            name: name.to_owned(),
            opset,
            graph,
            external,
        })
    }

    /// The network for a number of images at a time. The batch takes the place of the first dimension of every input, and of
    /// that number where the file states it in shapes.
    ///
    /// # Errors
    ///
    /// Where the file is not sound, or asks for what is not imported.
    pub fn import(&self, batch: u64) -> Result<OnnxModel, OnnxError> {
        if batch == 0 {
            return Err(OnnxError::EmptyBatch);
        }
        if let Some(sparse) = self.graph.sparse_initializer.first() {
            let tensor = sparse.values.as_ref().and_then(|values| values.name.clone());
            return Err(OnnxError::Tensor {
                tensor: tensor.unwrap_or_default(),
                reason: "it is sparse".to_owned(),
                expected: "dense initialisers".to_owned(),
            });
        }
        let nodes: Vec<Node> = self
            .graph
            .node
            .iter()
            .map(|proto| Node {
                proto,
                opset: self.opset,
            })
            .collect();
        let initialisers = self.initialisers()?;
        // Up to version 3 of the format initialisers are inputs too, with a value that may be replaced.
        let inputs: Vec<&ValueInfoProto> = self
            .graph
            .input
            .iter()
            .filter(|input| !initialisers.contains_key(name_of(input)))
            .collect();
        let outputs = || self.graph.output.iter().map(name_of);
        let mut readers: BTreeMap<&str, usize> = BTreeMap::new();
        let read = nodes
            .iter()
            .flat_map(|node| &node.proto.input)
            .map(String::as_str);
        for value in read.chain(outputs()) {
            *readers.entry(value).or_default() += 1;
        }
        let known: BTreeSet<&str> = inputs
            .iter()
            .map(|input| name_of(input))
            .chain(initialisers.keys().copied())
            .collect();
        let order = order::topological(&nodes, &known)?;
        let batch = Batch {
            stated: inputs.first().and_then(|input| stated_batch(input)),
            bound: batch,
        };
        let mut translator = Translator::new(batch, readers.clone());
        for input in inputs {
            let (shape, data_type) = bound(input, batch.bound)?;
            translator.input(name_of(input), shape, data_type);
        }
        for (name, tensor) in initialisers {
            if readers.contains_key(name) {
                translator.constant(name, constant::decode(tensor, name, &self.external)?);
            }
        }
        for node in order {
            translator.node(node, self.constant_of_attribute(node)?)?;
        }
        if self.graph.output.is_empty() {
            return Err(OnnxError::Value {
                value: "outputs".to_owned(),
                reason: "the graph has none".to_owned(),
                expected: "at least one",
            });
        }
        let network = deferred(translator.finish(outputs())?);
        let (graph, weights) = emit(&network, &self.name, self.opset)?;
        Ok(OnnxModel { graph, weights })
    }

    fn initialisers(&self) -> Result<BTreeMap<&str, &TensorProto>, OnnxError> {
        let mut initialisers = BTreeMap::new();
        for tensor in &self.graph.initializer {
            let name = tensor.name.as_deref().unwrap_or_default();
            if initialisers.insert(name, tensor).is_some() {
                return Err(OnnxError::Duplicate {
                    value: name.to_owned(),
                });
            }
        }
        Ok(initialisers)
    }

    /// What a node of type `Constant` holds.
    fn constant_of_attribute(&self, node: Node) -> Result<Option<Constant>, OnnxError> {
        if node.op_type() != "Constant" {
            return Ok(None);
        }
        let name = node.output();
        if let Some(tensor) = node.tensor("value")? {
            return constant::decode(tensor, name, &self.external).map(Some);
        }
        let integers = match node.integer("value_int")? {
            Some(value) => Some(Integers {
                shape: Vec::new(),
                values: [value].into(),
            }),
            None => node
                .has("value_ints")
                .then(|| Integers::list(node.integers("value_ints").iter().copied())),
        };
        if let Some(integers) = integers.filter(|integers| integers.values.len() as u64 <= MAX_INTEGERS) {
            return Ok(Some(Constant::integers(name, integers)));
        }
        let numbers = match node.number("value_float")? {
            Some(value) => Weight::from_f32(Vec::new(), &[value as f32]),
            None => node
                .numbers("value_floats")
                .and_then(|values| Weight::from_f32(vec![values.len() as u64], values)),
        };
        numbers
            .map(|weight| Some(Constant::numbers(name, weight)))
            .ok_or_else(|| {
                node.unsupported(
                    "its value is of no type that is imported",
                    "value, value_int, value_ints, value_float and value_floats",
                )
            })
    }
}

fn name_of(value: &ValueInfoProto) -> &str {
    value.name.as_deref().unwrap_or_default()
}

/// The first size of an input, where the file states it.
fn stated_batch(input: &ValueInfoProto) -> Option<u64> {
    let shape = input.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
    u64::try_from(shape.dim.first()?.dim_value?).ok()
}

/// Shape and data type of an input, its first dimension bound to the batch.
fn bound(input: &ValueInfoProto, batch: u64) -> Result<(Vec<u64>, ElementType), OnnxError> {
    let wrong = |reason: String, expected| OnnxError::Value {
        value: name_of(input).to_owned(),
        reason,
        expected,
    };
    let tensor = input.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
    let Some((tensor, shape)) = tensor.and_then(|tensor| Some((tensor, tensor.shape.as_ref()?))) else {
        return Err(wrong(
            "this input has no shape".to_owned(),
            "a tensor of stated shape; export the model with a sample input",
        ));
    };
    let data_type = match tensor.elem_type.unwrap_or(0) {
        data_type::UINT8 => ElementType::U8,
        number if number_format(number).is_some() => ElementType::F16,
        number => {
            return Err(wrong(
                format!("this input has the data type with number {number}"),
                "floating-point numbers of 16, 32 or 64 bits, or bytes",
            ));
        }
    };
    if shape.dim.is_empty() || shape.dim.len() > MAX_DIMENSIONS {
        return Err(wrong(
            format!("this input has {} dimensions", shape.dim.len()),
            "[N, C, spatial…]",
        ));
    }
    let mut sizes = vec![batch];
    for (index, dimension) in shape.dim.iter().enumerate().skip(1) {
        let size = dimension
            .dim_value
            .and_then(|size| u64::try_from(size).ok())
            .filter(|&size| size > 0);
        sizes.push(size.ok_or_else(|| {
            let stated = match (&dimension.dim_param, dimension.dim_value) {
                (Some(name), _) => format!("`{name}`"),
                (None, Some(size)) => size.to_string(),
                (None, None) => "not stated".to_owned(),
            };
            wrong(
                format!("dimension {index} of this input is {stated}"),
                "a positive size in every dimension but the first; export the model with fixed image sizes",
            )
        })?);
    }
    Ok((sizes, data_type))
}
