//! A node of the file: its operands, and its attributes as their definition types them.

use std::collections::BTreeSet;

use tilesim_graph::ShapeError;

use super::{
    OnnxError,
    proto::{AttributeProto, GraphProto, NodeProto, TensorProto},
};

/// What refusals of whole operators say is supported.
pub(super) const SUPPORTED: &str = "those that `tilesim models --operators` lists";

/// A node, with what errors about it name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) proto: &'a NodeProto,
    pub(super) opset: i64,
}

impl<'a> Node<'a> {
    /// Its name, or that of its first output.
    pub(super) fn name(self) -> &'a str {
        match self.proto.name.as_deref() {
            Some(name) if !name.is_empty() => name,
            _ => self.output(),
        }
    }

    /// Its operator, without the domain `ai.onnx`.
    pub(super) fn op_type(self) -> String {
        let op_type = self.proto.op_type.as_deref().unwrap_or_default();
        match self.proto.domain.as_deref() {
            None | Some("" | "ai.onnx") => op_type.to_owned(),
            Some(domain) => format!("{domain}.{op_type}"),
        }
    }

    /// Its first output.
    pub(super) fn output(self) -> &'a str {
        self.proto.output.first().map_or("", String::as_str)
    }

    /// Name of an operand that is there.
    pub(super) fn input(self, index: usize) -> Option<&'a str> {
        self.proto
            .input
            .get(index)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
    }

    fn attribute(self, name: &str) -> Option<&'a AttributeProto> {
        let mut attributes = self.proto.attribute.iter();
        attributes.find(|attribute| attribute.name.as_deref() == Some(name))
    }

    fn typed<T>(
        self,
        name: &str,
        expected: &str,
        value: impl Fn(&'a AttributeProto) -> Option<T>,
    ) -> Result<Option<T>, OnnxError> {
        match self.attribute(name) {
            None => Ok(None),
            Some(attribute) => value(attribute)
                .map(Some)
                .ok_or_else(|| self.invalid(format!("attribute `{name}` is of another type"), expected)),
        }
    }

    /// An attribute that is a whole number.
    pub(super) fn integer(self, name: &str) -> Result<Option<i64>, OnnxError> {
        self.typed(name, "a whole number", |attribute| attribute.i)
    }

    /// An attribute that is a number.
    pub(super) fn number(self, name: &str) -> Result<Option<f64>, OnnxError> {
        let value = self.typed(name, "a number", |attribute| attribute.f)?;
        // The shortest decimal that reads as the same single-precision number: 1e-5 stays 1e-5.
        Ok(value.map(|value| value.to_string().parse().unwrap_or(f64::from(value))))
    }

    /// An attribute that is a list of whole numbers; empty where it is absent.
    pub(super) fn integers(self, name: &str) -> &'a [i64] {
        self.attribute(name).map_or(&[], |attribute| &attribute.ints)
    }

    /// An attribute that is a list of numbers.
    pub(super) fn numbers(self, name: &str) -> Option<&'a [f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    /// Whether an attribute is there.
    pub(super) fn has(self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// An attribute that is a text.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, OnnxError> {
        self.typed(name, "a text", |attribute| {
            std::str::from_utf8(attribute.s.as_deref()?).ok()
        })
    }

    /// An attribute that is a tensor.
    pub(super) fn tensor(self, name: &str) -> Result<Option<&'a TensorProto>, OnnxError> {
        self.typed(name, "a tensor", |attribute| attribute.t.as_ref())
    }

    /// An attribute that is a graph.
    pub(super) fn graph(self, name: &str) -> Result<Option<&'a GraphProto>, OnnxError> {
        self.typed(name, "a graph", |attribute| attribute.g.as_deref())
    }

    /// What it reads: its operands, and what graphs in its attributes read of the values around them.
    pub(super) fn reads(self) -> Vec<&'a str> {
        let mut names = Vec::new();
        read_by(self.proto, &mut names);
        names
    }

    /// Whether a batch norm takes the statistics of its batch: as an attribute says from opset 14 on, and more than one output up
    /// to then.
    pub(super) fn trains(self) -> Result<bool, OnnxError> {
        if self.opset < 14 {
            if self.integer("spatial")?.unwrap_or(1) == 0 {
                return Err(self.unsupported("spatial is 0", "one mean and variance for each channel"));
            }
            let outputs = self.proto.output.iter().filter(|output| !output.is_empty());
            return Ok(outputs.count() > 1);
        }
        Ok(self.integer("training_mode")?.unwrap_or(0) != 0)
    }

    /// The error that this crate does not import what the node asks for.
    pub(super) fn unsupported(self, what: impl Into<String>, supported: impl Into<String>) -> OnnxError {
        OnnxError::Unsupported {
            node: self.name().to_owned(),
            op_type: self.op_type(),
            opset: self.opset,
            what: what.into(),
            supported: supported.into(),
        }
    }

    /// The error that the node is not as its operator's definition says.
    pub(super) fn invalid(self, reason: impl Into<String>, expected: impl Into<String>) -> OnnxError {
        OnnxError::Invalid {
            node: self.name().to_owned(),
            op_type: self.op_type(),
            opset: self.opset,
            reason: reason.into(),
            expected: expected.into(),
        }
    }

    /// The error that the operands do not fit the node.
    pub(super) fn shape(self, source: ShapeError) -> OnnxError {
        OnnxError::Shape {
            node: self.name().to_owned(),
            op_type: self.op_type(),
            opset: self.opset,
            source,
        }
    }
}

/// Adds what a node reads, and what graphs in its attributes read of the values around them.
fn read_by<'a>(node: &'a NodeProto, names: &mut Vec<&'a str>) {
    let operands = node.input.iter().map(String::as_str);
    names.extend(operands.filter(|name| !name.is_empty()));
    for graph in node
        .attribute
        .iter()
        .filter_map(|attribute| attribute.g.as_deref())
    {
        let mut within = Vec::new();
        for node in &graph.node {
            read_by(node, &mut within);
        }
        let outputs = graph.output.iter().filter_map(|output| output.name.as_deref());
        let own: BTreeSet<&str> = graph
            .node
            .iter()
            .flat_map(|node| node.output.iter().map(String::as_str))
            .chain(
                graph
                    .initializer
                    .iter()
                    .filter_map(|tensor| tensor.name.as_deref()),
            )
            .collect();
        names.extend(
            within
                .into_iter()
                .chain(outputs)
                .filter(|name| !own.contains(name)),
        );
    }
}

/// A dimension from an index that may count from the end; `None` where there is no such dimension.
pub(super) fn dimension(index: i64, rank: usize) -> Option<usize> {
    let rank_signed = rank as i64;
    let counted = if index < 0 {
        index.checked_add(rank_signed)?
    } else {
        index
    };
    usize::try_from(counted)
        .ok()
        .filter(|&dimension| dimension < rank)
}
