//! An ONNX file, read once and imported for any batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use prost::{Message, bytes::Bytes};
use tilesim_graph::Graph;

use super::{
    OnnxError,
    binding::{self, Bindings, StatedInput},
    constant::{self, Constant, Integers},
    deferral::deferred,
    emit::emit,
    external::{self, ExternalFiles},
    limits::{MAX_FILE_BYTES, MAX_INTEGERS, MAX_NODES},
    network::Network,
    node::Node,
    order,
    proto::{GraphProto, ModelProto, TensorProto, ValueInfoProto},
    translate::Translator,
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

    /// Names of the inputs, in order.
    pub fn inputs(&self) -> Vec<&str> {
        self.fed().map(name_of).collect()
    }

    /// Names of the outputs, in the order of the graph's.
    pub fn outputs(&self) -> Vec<&str> {
        self.graph.output.iter().map(name_of).collect()
    }

    /// Images at a time that the file states, or else the shapes; 1 where neither does.
    ///
    /// # Errors
    /// Where the inputs are not sound, or not as the shapes say.
    pub fn batch(&self, shapes: &BTreeMap<String, Vec<u64>>) -> Result<u64, OnnxError> {
        let inputs: Vec<StatedInput> = self.fed().map(StatedInput::of).collect::<Result<_, _>>()?;
        let bindings = Bindings {
            batch: None,
            shapes: shapes.clone(),
        };
        binding::own_batch(&inputs, &bindings)
    }

    /// What is fed. Up to version 3 of the format initialisers are inputs too, with a value that may be replaced.
    fn fed(&self) -> impl Iterator<Item = &ValueInfoProto> {
        let initialisers: BTreeSet<&str> = self
            .graph
            .initializer
            .iter()
            .map(|tensor| tensor.name.as_deref().unwrap_or_default())
            .collect();
        let inputs = self.graph.input.iter();
        inputs.filter(move |input| !initialisers.contains(name_of(input)))
    }

    /// The network for a number of images at a time. The batch takes the place of the first dimension of every input that has
    /// one, and of that number where the file states it in shapes.
    ///
    /// # Errors
    ///
    /// Where the file is not sound, or asks for what is not imported.
    pub fn import(&self, batch: u64) -> Result<OnnxModel, OnnxError> {
        self.import_bound(&Bindings {
            batch: Some(batch),
            ..Bindings::default()
        })
    }

    /// The network, with sizes that its file leaves open.
    ///
    /// # Errors
    ///
    /// Where the file is not sound, leaves more open, or asks for what is not imported; [`OnnxError::Batch`] where another batch
    /// than the stated is asked for, and the first dimension of what the network puts out is none.
    pub fn import_bound(&self, bindings: &Bindings) -> Result<OnnxModel, OnnxError> {
        if bindings.batch == Some(0) {
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
        let stated: Vec<StatedInput> = self.fed().map(StatedInput::of).collect::<Result<_, _>>()?;
        let (inputs, batch) = binding::bind(&stated, bindings)?;
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
            .map(|input| input.name)
            .chain(initialisers.keys().copied())
            .collect();
        let order = order::topological(&nodes, &known)?;
        let mut translator = Translator::new(batch, readers.clone());
        for input in inputs {
            translator.input(input.name, input.shape, input.data_type);
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
                expected: "at least one".to_owned(),
            });
        }
        let network = translator.finish(outputs())?;
        if batch.stated.is_some() {
            keeps_batch(&network, batch.bound)?;
        }
        let (graph, weights) = emit(&deferred(network), &self.name, self.opset)?;
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

/// Checks that a batch in the place of the stated one is the first dimension of all that is put out.
fn keeps_batch(network: &Network, batch: u64) -> Result<(), OnnxError> {
    for &output in &network.outputs {
        let shape = network.shape(output);
        if shape.first() != Some(&batch) {
            return Err(OnnxError::Batch {
                asked: batch,
                reason: format!("with it the network puts out {shape:?}, whose first dimension is no batch"),
            });
        }
    }
    Ok(())
}
