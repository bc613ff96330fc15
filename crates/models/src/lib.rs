//! Network families from specification JSON: a [`ModelSpec`] is loaded, changed with [`ModelSpec::set`] and built into a
//! [`Graph`](tilesim_graph::Graph).
//!
//! What a family's networks look like, stage by stage, is data: `models/networks/families/*.json`. The bundled networks
//! are specifications: `models/networks/*.json`.
//!
//! Invariant: this crate knows no hardware.

mod bundled;
mod error;
mod family;

mod network;
mod spec;

pub use bundled::{Description, bundled_names, bundled_text, describe, describe_bundled};
pub use error::ModelError;
pub use family::{BasicStage, ExpandedStage, FusedStage, InvertedBottleneckStage, PlainStage, ResidualStage};
pub use network::build;
pub use spec::{
    ActivationName, BertSpec, ConvNextSpec, EfficientNetSpec, EfficientNetV2Spec, MobileNetSpec,
    MobileNetV2Spec, MobileNetV3Spec, ModelSpec, NormGroupingName, NormName, NormalisedActivationSpec,
    RegNetSpec, ResNetSpec, Resolution, VisionTransformerSpec, schema,
};

/// The code of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
