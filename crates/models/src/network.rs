//! Networks as graphs.

mod blocks;
mod convnext;
mod efficientnet;
mod efficientnet_v2;
mod groups;
mod inverted_bottleneck;
mod limits;
mod mobilenet;
mod mobilenet_v2;
mod mobilenet_v3;
mod normalised_activation;
mod padding;
mod regnet;
mod residual;
mod resnet;
mod scaling;
mod transformer;

use tilesim_graph::Graph;

use crate::{ModelError, ModelSpec};

/// Builds the graph of a network at inference, batch norms unfolded and dropout left out, for `batch` images at a time.
///
/// Its input is `[batch, 3, resolution, resolution]` and its output the logits `[batch, classes]`, in half precision. A BERT
/// takes embeddings, `[batch, sequence, width]`. A normalised
/// activation alone takes and puts out `[batch, channels, resolution, resolution]`.
///
/// # Errors
///
/// Where the specification describes no network that can be: channels that do not divide into groups, empty or absurdly
/// large sizes.
pub fn build(spec: &ModelSpec, batch: u64) -> Result<Graph, ModelError> {
    if batch == 0 {
        return Err(ModelError::EmptyBatch);
    }
    let name = spec.name();
    match spec {
        ModelSpec::EfficientNet(spec) => efficientnet::build(spec, name, batch),
        ModelSpec::MobileNet(spec) => mobilenet::build(spec, name, batch),
        ModelSpec::MobileNetV2(spec) => mobilenet_v2::build(spec, name, batch),
        ModelSpec::MobileNetV3(spec) => mobilenet_v3::build(spec, name, batch),
        ModelSpec::EfficientNetV2(spec) => efficientnet_v2::build(spec, name, batch),
        ModelSpec::ConvNext(spec) => convnext::build(spec, name, batch),
        ModelSpec::RegNet(spec) => regnet::build(spec, name, batch),
        ModelSpec::ResNet(spec) => resnet::build(spec, name, batch),
        ModelSpec::VisionTransformer(spec) => transformer::vision(spec, name, batch),
        ModelSpec::Bert(spec) => transformer::bert(spec, name, batch),
        ModelSpec::NormalisedActivation(spec) => normalised_activation::build(spec, name, batch),
    }
}
