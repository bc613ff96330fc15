//! An ONNX file, read once and imported for any batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Range, RangeInclusive},
    path::Path,
};

use prost::{Message, bytes::Bytes};
use tilesim_graph::Graph;

use super::{
    OnnxError,
    binding::{self, Batch, Bindings, BoundInput, StatedInput},
    deferral::deferred,
    emit::emit,
    external::ExternalFiles,
    limits::{MAX_FILE_BYTES, MAX_NODES},
    network::Network,
    node::Node,
    proto::{GraphProto, ModelProto, TensorProto, ValueInfoProto},
    rebatch::rebatched,
    translate::Translator,
    weights::Weights,
};

/// Operator sets of the domain `ai.onnx` that are imported.
pub const OPSETS: RangeInclusive<i64> = 7..=24;

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
    /// Reads a model. External data must lie in the model's folder or beneath it; it is read when weights are asked for, and need
    /// not be there for anything else.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read, is no ONNX model or one of an opset that is not imported.
    pub fn open(path: &Path) -> Result<Self, OnnxError> {
        let cannot = |source| OnnxError::Read {
            path: path.to_owned(),
            source,
        };
        let (_, bytes) = tilesim_files::open(path).map_err(cannot)?;
        if bytes > MAX_FILE_BYTES {
            return Err(OnnxError::FileTooLarge {
                path: path.to_owned(),
                bytes,
                limit: MAX_FILE_BYTES,
            });
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let contents = tilesim_files::read(path, MAX_FILE_BYTES).map_err(cannot)?;
        Self::decode(&name, contents.into(), Some(parent.unwrap_or(Path::new("."))))
    }

    /// Reads a model from memory, whose external data is taken not to be there.
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

    /// The files of external data that the model refers to and that were there when it was opened, each with the bytes from the first
    /// to the last that any of its tensors states.
    pub fn external_files(&self) -> impl Iterator<Item = (&Path, Range<u64>)> {
        self.external.stated()
    }

    fn decode(name: &str, bytes: Bytes, folder: Option<&Path>) -> Result<Self, OnnxError> {
        let model = ModelProto::decode(bytes)?;
        let graph = model.graph.ok_or(OnnxError::NoGraph)?;
        let mut sets = model.opset_import.iter();
        let opset = sets.find(|set| matches!(set.domain.as_deref(), None | Some("" | "ai.onnx")));
        let opset = opset.and_then(|set| set.version);
        let opset = opset
            .filter(|opset| OPSETS.contains(opset))
            .ok_or(OnnxError::Opset {
                opset,
                oldest: *OPSETS.start(),
                newest: *OPSETS.end(),
            })?;
        let (mut nodes, mut tensors) = (0, Vec::new());
        contents(&graph, &mut nodes, &mut tensors);
        if nodes > MAX_NODES {
            return Err(OnnxError::TooMany {
                what: "nodes",
                got: nodes as u64,
                limit: MAX_NODES as u64,
            });
        }
        let external = ExternalFiles::find(tensors.into_iter(), folder)?;
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

    /// The network for a number of images at a time, whatever number the file states.
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
    /// than the stated is asked for, and an operator mixes images or counts on their number.
    pub fn import_bound(&self, bindings: &Bindings) -> Result<OnnxModel, OnnxError> {
        if bindings.batch == Some(0) {
            return Err(OnnxError::EmptyBatch);
        }
        let stated: Vec<StatedInput> = self.fed().map(StatedInput::of).collect::<Result<_, _>>()?;
        let bound = binding::bind(&stated, bindings)?;
        let batch = bound.1;
        let Some(own) = batch.stated.filter(|&own| own != batch.bound) else {
            return self.emitted(&self.network(bound)?);
        };
        // Shapes are bound as the file states them, and every operator is given the other batch.
        let mut as_stated = Bindings {
            batch: Some(own),
            shapes: bindings.shapes.clone(),
        };
        for first in as_stated
            .shapes
            .values_mut()
            .filter_map(|shape| shape.first_mut())
        {
            *first = own;
        }
        let network = self.network(binding::bind(&stated, &as_stated)?)?;
        // Products of tensors move images, which their operands' movements may do too.
        self.emitted(&deferred(rebatched(network, own, batch.bound)?))
    }

    fn emitted(&self, network: &Network) -> Result<OnnxModel, OnnxError> {
        let (graph, weights) = emit(network, &self.name)?;
        Ok(OnnxModel { graph, weights })
    }

    /// The network for bound inputs.
    fn network(&self, (inputs, _): (Vec<BoundInput>, Batch)) -> Result<Network, OnnxError> {
        if let Some(sparse) = self.graph.sparse_initializer.first() {
            let tensor = sparse.values.as_ref().and_then(|values| values.name.clone());
            return Err(OnnxError::Tensor {
                tensor: tensor.unwrap_or_default(),
                reason: "it is sparse".to_owned(),
                expected: "dense initialisers".to_owned(),
            });
        }
        let outputs = || self.graph.output.iter().map(name_of);
        let mut readers: BTreeMap<&str, usize> = BTreeMap::new();
        let nodes = self.graph.node.iter().map(|proto| Node {
            proto,
            opset: self.opset,
        });
        for value in nodes.flat_map(Node::reads).chain(outputs()) {
            *readers.entry(value).or_default() += 1;
        }
        let mut translator = Translator::new(readers, &self.external);
        for input in inputs {
            translator.input(input.name, input.shape, input.data_type);
        }
        translator.graph(&self.graph, self.opset)?;
        if self.graph.output.is_empty() {
            return Err(OnnxError::Value {
                value: "outputs".to_owned(),
                reason: "the graph has none".to_owned(),
                expected: "at least one".to_owned(),
            });
        }
        translator.finish(outputs()).map(deferred)
    }
}

fn name_of(value: &ValueInfoProto) -> &str {
    value.name.as_deref().unwrap_or_default()
}

/// Counts the nodes of a graph and of those in its attributes, and lists their tensors. `prost` bounds how deep they nest.
fn contents<'a>(graph: &'a GraphProto, nodes: &mut usize, tensors: &mut Vec<&'a TensorProto>) {
    tensors.extend(&graph.initializer);
    *nodes = nodes.saturating_add(graph.node.len());
    for attribute in graph.node.iter().flat_map(|node| &node.attribute) {
        tensors.extend(&attribute.t);
        if let Some(graph) = &attribute.g {
            contents(graph, nodes, tensors);
        }
    }
}
