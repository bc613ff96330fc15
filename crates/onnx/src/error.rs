//! Why an ONNX file cannot be imported.

use std::{io, path::PathBuf};

use tilesim_graph::{GraphError, ShapeError};

/// What is wrong with an ONNX file, or beyond what this crate imports.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than a protobuf message can be.
    #[error("{}: has {bytes} bytes; expected at most {limit}, with weights beyond that as external data", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest message.
        limit: u64,
    },
    /// A file is not the protobuf message that it should be.
    #[error("not an ONNX model, or cut short: {0}")]
    Decode(#[from] prost::DecodeError),
    /// A model has no graph.
    #[error("not an ONNX model: it has no graph")]
    NoGraph,
    /// The operators are of a version that this crate does not know.
    #[error("the model uses {}; expected opset {oldest} to {newest} of the domain `ai.onnx`", opset.map_or_else(|| "no opset".to_owned(), |opset| format!("opset {opset}")))]
    Opset {
        /// The version, if there is one.
        opset: Option<i64>,
        /// Oldest that is imported.
        oldest: i64,
        /// Newest that is imported.
        newest: i64,
    },
    /// There are more of something than any network has.
    #[error("the model has {got} {what}; expected at most {limit}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many.
        got: u64,
        /// How many may be.
        limit: u64,
    },
    /// A tensor in the file cannot be what it claims.
    #[error("tensor `{tensor}`: {reason}; expected {expected}")]
    Tensor {
        /// The tensor.
        tensor: String,
        /// What is wrong.
        reason: String,
        /// What it should be.
        expected: String,
    },
    /// The numbers of a tensor are asked for, and the file holds none.
    #[error(
        "tensor `{tensor}` has no data: the file beside the model is not there, or holds nothing for it; expected a model with its numbers"
    )]
    NoData {
        /// The tensor.
        tensor: String,
    },
    /// An input or output cannot be bound.
    #[error("`{value}`: {reason}; expected {expected}")]
    Value {
        /// The input or output.
        value: String,
        /// What is wrong.
        reason: String,
        /// What it should be.
        expected: String,
    },
    /// A file leaves sizes of an input open, and nothing binds them.
    #[error("input `{input}` leaves sizes open: dimension {}; expected numbers for them, `--input {input}={pattern}`", open.join(", "))]
    OpenSizes {
        /// The input.
        input: String,
        /// The dimensions, with their names if they have one.
        open: Vec<String>,
        /// The shape as the file has it.
        pattern: String,
    },
    /// A network cannot be had for another batch than the one that its file states.
    #[error(
        "the network cannot be had for batch {asked}: {reason}; expected the batch that the file states, which is the default"
    )]
    Batch {
        /// The batch that was asked for.
        asked: u64,
        /// Why.
        reason: String,
    },
    /// Two nodes, or a node and an initialiser, put out the same value.
    #[error("`{value}` is put out twice; expected one source for each value")]
    Duplicate {
        /// The value.
        value: String,
    },
    /// Nothing puts out a value that is read.
    #[error("`{reader}` reads `{value}`, which nothing puts out")]
    Undefined {
        /// The node, or `outputs`.
        reader: String,
        /// The value.
        value: String,
    },
    /// A node reads, through others, what it puts out.
    #[error("node `{node}` reads its own output through other nodes; expected a graph without cycles")]
    Cycle {
        /// One node of the cycle.
        node: String,
    },
    /// A node asks for what this crate does not import.
    #[error("node `{node}`: {op_type} (opset {opset}): {what}; supported: {supported}")]
    Unsupported {
        /// The node.
        node: String,
        /// Its operator.
        op_type: String,
        /// Version of the operator set.
        opset: i64,
        /// What is not supported.
        what: String,
        /// What is.
        supported: String,
    },
    /// A node is not as its operator's definition says.
    #[error("node `{node}`: {op_type} (opset {opset}): {reason}; expected {expected}")]
    Invalid {
        /// The node.
        node: String,
        /// Its operator.
        op_type: String,
        /// Version of the operator set.
        opset: i64,
        /// What is wrong.
        reason: String,
        /// What it should be.
        expected: String,
    },
    /// The operands of a node do not fit it.
    #[error("node `{node}`: {op_type} (opset {opset}): {source}")]
    Shape {
        /// The node.
        node: String,
        /// Its operator.
        op_type: String,
        /// Version of the operator set.
        opset: i64,
        /// What does not fit.
        source: ShapeError,
    },
    /// The batch is empty.
    #[error("the batch is 0; expected at least 1")]
    EmptyBatch,
    /// The operators do not make a graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}
