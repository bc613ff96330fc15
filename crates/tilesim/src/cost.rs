//! What a network costs in theory, whatever runs it.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_graph::{TheoreticalCost, theoretical_cost};
use tilesim_report::{ModelSection, Theoretical};
use tilesim_terms::LayerKind;

use crate::{Error, Network};

/// The answer of `cost`. Figures are of the whole batch, except where they say otherwise.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NetworkCost {
    /// Version of this format.
    pub schema: &'static str,
    /// The network.
    pub model: ModelSection,
    /// Images at a time.
    pub batch: u64,
    /// What results state of the network, for one image.
    pub theoretical: Theoretical,
    /// Sums over the network.
    pub totals: CostTotals,
    /// Sums over the layers of each kind.
    pub layer_kinds: Vec<KindCost>,
    /// The layers in network order.
    pub layers: Vec<LayerCost>,
}

/// Sums over a network.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CostTotals {
    /// Multiply-accumulates of convolutions, fully connected layers and products of tensors.
    pub macs: u64,
    /// Of these: products of two activations, as the matrices of attention are.
    pub activation_product_macs: u64,
    /// 2 × multiply-accumulates.
    pub flops: u64,
    /// Operations of everything else: norms, activations, gates, additions, pooling, biases.
    pub elementwise_flops: u64,
    /// Trainable parameters.
    pub parameters: u64,
    /// Of these: weights of convolutions and fully connected layers.
    pub weights: u64,
    /// Of these: their biases.
    pub biases: u64,
    /// Of these: parameters of norms.
    pub norm_parameters: u64,
    /// Stored with the parameters, but not trained.
    pub statistics: u64,
    /// Elements that convolutions put out.
    pub activation_elements: u64,
    /// Elements that convolutions take in.
    pub input_elements: u64,
    /// Elements that all operators put out.
    pub all_output_elements: u64,
    /// Elements of the largest tensor.
    pub largest_tensor_elements: u64,
    /// Bytes that convolutions put out.
    pub activation_bytes: u64,
}

/// Sums over the layers of one kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KindCost {
    /// The kind.
    pub kind: LayerKind,
    /// Layers of that kind.
    pub layers: u64,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Trainable parameters.
    pub parameters: u64,
    /// Elements put out.
    pub output_elements: u64,
}

/// One layer: its main operator and what follows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LayerCost {
    /// Name.
    pub name: String,
    /// Block.
    pub block: String,
    /// Kind.
    pub kind: LayerKind,
    /// Input size per spatial dimension.
    pub input: Vec<u64>,
    /// Output size per spatial dimension.
    pub output: Vec<u64>,
    /// Kernel or window per spatial dimension; empty where there is none.
    pub kernel: Vec<u64>,
    /// Stride per spatial dimension; empty where there is none.
    pub stride: Vec<u64>,
    /// Channels taken in.
    pub in_channels: u64,
    /// Channels put out.
    pub out_channels: u64,
    /// Groups of a convolution; 1 for other operators.
    pub conv_groups: u64,
    /// Input channels of one group; 0 where there is no convolution.
    pub group_size: u64,
    /// Multiply-accumulates, products with padding counted.
    pub macs: u64,
    /// Multiply-accumulates, products with padding left out.
    pub macs_without_padding: u64,
    /// Weights.
    pub weights: u64,
    /// Biases.
    pub biases: u64,
    /// Trainable parameters, those of norms included.
    pub parameters: u64,
    /// Elements taken in.
    pub input_elements: u64,
    /// Elements put out.
    pub output_elements: u64,
    /// Whether a norm follows.
    pub norm: bool,
    /// Whether an activation follows.
    pub activation: bool,
    /// Whether that activation is proxy-normalised.
    pub proxy: bool,
}

impl Network {
    /// What the network costs in theory for `batch` images: multiply-accumulates, parameters, activations, by layer and in total.
    ///
    /// # Errors
    /// As [`Network::graph`].
    pub fn cost(&self, batch: u64) -> Result<NetworkCost, Error> {
        cost_of(self, batch)
    }
}

fn cost_of(network: &Network, batch: u64) -> Result<NetworkCost, Error> {
    let cost = theoretical_cost(&network.graph(batch)?);
    Ok(NetworkCost {
        schema: "tilesim-cost/1",
        model: network.section(),
        batch,
        theoretical: network.theoretical()?,
        totals: totals_of(&cost),
        layer_kinds: cost
            .kinds()
            .into_iter()
            .map(|of_kind| KindCost {
                kind: of_kind.kind,
                layers: of_kind.layers,
                macs: of_kind.macs,
                parameters: of_kind.parameters.trainable(),
                output_elements: of_kind.output_elements,
            })
            .collect(),
        layers: cost.layers.iter().map(layer_row).collect(),
    })
}

fn totals_of(cost: &TheoreticalCost) -> CostTotals {
    CostTotals {
        macs: cost.macs,
        activation_product_macs: cost.activation_product_macs,
        flops: cost.flops(),
        elementwise_flops: cost.elementwise.flops,
        parameters: cost.parameters.trainable(),
        weights: cost.parameters.weights,
        biases: cost.parameters.biases,
        norm_parameters: cost.parameters.norms,
        statistics: cost.parameters.statistics,
        activation_elements: cost.activation_elements,
        input_elements: cost.input_elements,
        all_output_elements: cost.operator_output_elements,
        largest_tensor_elements: cost.largest_tensor_elements,
        activation_bytes: cost.activation_bytes,
    }
}

fn layer_row(layer: &tilesim_graph::LayerCost) -> LayerCost {
    LayerCost {
        name: layer.name.clone(),
        block: layer.block.clone(),
        kind: layer.kind,
        input: layer.input.clone(),
        output: layer.output.clone(),
        kernel: layer.kernel.clone(),
        stride: layer.stride.clone(),
        in_channels: layer.in_channels,
        out_channels: layer.out_channels,
        conv_groups: layer.conv_groups,
        group_size: layer.group_size,
        macs: layer.macs,
        macs_without_padding: layer.macs_without_padding,
        weights: layer.parameters.weights,
        biases: layer.parameters.biases,
        parameters: layer.parameters.trainable(),
        input_elements: layer.input_elements,
        output_elements: layer.output_elements,
        norm: layer.norm,
        activation: layer.activation,
        proxy: layer.proxy,
    }
}
