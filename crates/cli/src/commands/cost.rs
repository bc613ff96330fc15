//! `tilesim cost`: what a network costs in theory, whatever runs it.

use serde::Serialize;
use tilesim_graph::{TheoreticalCost, theoretical_cost};
use tilesim_report::{
    ModelSection, Theoretical,
    render::{
        Cell, Column, Palette, Role, Table, WIDTH, key_values,
        units::{bytes, count, grouped, percent},
    },
};
use tilesim_terms::LayerKind;

use crate::{
    args::CostArgs,
    console::Console,
    error::CliError,
    exit::Outcome,
    networks::{self, Network},
    run_request::network,
};

/// The answer of `cost`. Figures are of the whole batch, except where they say otherwise.
#[derive(Debug, Serialize)]
struct Cost {
    /// Version of this format.
    schema: &'static str,
    /// The network.
    model: ModelSection,
    /// Images at a time.
    batch: u64,
    /// What results state of the network, for one image.
    theoretical: Theoretical,
    /// Sums over the network.
    totals: Totals,
    /// Sums over the layers of each kind.
    layer_kinds: Vec<KindCost>,
    /// The layers in network order.
    layers: Vec<LayerCost>,
}

/// Sums over a network.
#[derive(Debug, Clone, Serialize)]
struct Totals {
    /// Multiply-accumulates of convolutions and fully connected layers.
    macs: u64,
    /// 2 × multiply-accumulates.
    flops: u64,
    /// Operations of everything else: norms, activations, gates, additions, pooling, biases.
    elementwise_flops: u64,
    /// Trainable parameters.
    parameters: u64,
    /// Of these: weights of convolutions and fully connected layers.
    weights: u64,
    /// Of these: their biases.
    biases: u64,
    /// Of these: parameters of norms.
    norm_parameters: u64,
    /// Stored with the parameters, but not trained.
    statistics: u64,
    /// Elements that convolutions put out.
    activation_elements: u64,
    /// Elements that convolutions take in.
    input_elements: u64,
    /// Elements that all operators put out.
    all_output_elements: u64,
    /// Elements of the largest tensor.
    largest_tensor_elements: u64,
    /// Bytes that convolutions put out.
    activation_bytes: u64,
}

/// Sums over the layers of one kind.
#[derive(Debug, Clone, Serialize)]
struct KindCost {
    /// The kind.
    kind: LayerKind,
    /// Layers of that kind.
    layers: u64,
    /// Multiply-accumulates.
    macs: u64,
    /// Trainable parameters.
    parameters: u64,
    /// Elements put out.
    output_elements: u64,
}

/// One layer: its main operator and what follows it.
#[derive(Debug, Clone, Serialize)]
struct LayerCost {
    /// Name.
    name: String,
    /// Block.
    block: String,
    /// Kind.
    kind: LayerKind,
    /// Input size per spatial dimension.
    input: Vec<u64>,
    /// Output size per spatial dimension.
    output: Vec<u64>,
    /// Kernel or window per spatial dimension; empty where there is none.
    kernel: Vec<u64>,
    /// Stride per spatial dimension; empty where there is none.
    stride: Vec<u64>,
    /// Channels taken in.
    in_channels: u64,
    /// Channels put out.
    out_channels: u64,
    /// Groups of a convolution; 1 for other operators.
    conv_groups: u64,
    /// Input channels of one group; 0 where there is no convolution.
    group_size: u64,
    /// Multiply-accumulates, products with padding counted.
    macs: u64,
    /// Multiply-accumulates, products with padding left out.
    macs_without_padding: u64,
    /// Weights.
    weights: u64,
    /// Biases.
    biases: u64,
    /// Trainable parameters, those of norms included.
    parameters: u64,
    /// Elements taken in.
    input_elements: u64,
    /// Elements put out.
    output_elements: u64,
    /// Whether a norm follows.
    norm: bool,
    /// Whether an activation follows.
    activation: bool,
    /// Whether that activation is proxy-normalised.
    proxy: bool,
}

impl LayerCost {
    /// The shape in one line, such as `3×3/2 32→96 g16 112×112`.
    fn shape(&self) -> String {
        let by = |sizes: &[u64]| sizes.iter().map(u64::to_string).collect::<Vec<_>>().join("×");
        let mut parts = Vec::new();
        if !self.kernel.is_empty() {
            let stride = self
                .stride
                .first()
                .filter(|&&stride| stride > 1)
                .map(|stride| format!("/{stride}"));
            parts.push(by(&self.kernel) + &stride.unwrap_or_default());
        }
        parts.push(if self.in_channels == self.out_channels {
            self.out_channels.to_string()
        } else {
            format!("{}→{}", self.in_channels, self.out_channels)
        });
        if self.conv_groups > 1 {
            parts.push(format!("g{}", self.group_size));
        }
        parts.push(by(&self.output));
        parts.join(" ")
    }
}

/// Prints the cost of a network.
pub(crate) fn run(args: &CostArgs, console: &Console) -> Result<Outcome, CliError> {
    let network = network(&args.model, &args.settings)?;
    let cost = cost_of(&network, args.batch)?;
    console.answer(&cost, |cost, palette| rendered(cost, args.layers, palette))?;
    Ok(Outcome::Positive)
}

/// What a network costs in theory, taken apart.
fn cost_of(network: &Network, batch: u64) -> Result<Cost, CliError> {
    let cost = theoretical_cost(&networks::graph(network, batch)?);
    Ok(Cost {
        schema: "tilesim-cost/1",
        model: networks::section(network),
        batch,
        theoretical: networks::theoretical(network)?,
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

fn totals_of(cost: &TheoreticalCost) -> Totals {
    Totals {
        macs: cost.macs,
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

fn rendered(cost: &Cost, layers: bool, palette: &Palette) -> String {
    let mut text = palette.paint(Role::Title, &format!("{}, batch {}", cost.model.name, cost.batch)) + "\n";
    text += &totals(&cost.totals);
    text += "\n";
    text += &kinds(cost, palette);
    if layers {
        text += "\n";
        text += &layer_table(cost, palette);
    }
    text
}

fn totals(totals: &Totals) -> String {
    key_values(&[
        ("multiply-accumulates", grouped(totals.macs)),
        (
            "FLOPs",
            format!("{} (2 × multiply-accumulates)", grouped(totals.flops)),
        ),
        ("other operations", grouped(totals.elementwise_flops)),
        ("parameters", format!("{} trainable", grouped(totals.parameters))),
        (
            "",
            format!(
                "weights {}, biases {}, norms {}",
                grouped(totals.weights),
                grouped(totals.biases),
                grouped(totals.norm_parameters),
            ),
        ),
        (
            "",
            format!("{} stored statistics beside them", grouped(totals.statistics)),
        ),
        (
            "activation elements",
            format!(
                "{} out of convolutions ({})",
                grouped(totals.activation_elements),
                bytes(totals.activation_bytes)
            ),
        ),
        (
            "",
            format!("{} into convolutions", grouped(totals.input_elements)),
        ),
        (
            "",
            format!("{} out of all operators", grouped(totals.all_output_elements)),
        ),
        (
            "largest tensor",
            format!("{} elements", grouped(totals.largest_tensor_elements)),
        ),
    ])
}

fn kinds(cost: &Cost, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("kind"),
        Column::right("layers"),
        Column::right("MACs"),
        Column::right("share"),
        Column::right("parameters"),
        Column::right("output elements"),
    ]);
    for kind in &cost.layer_kinds {
        table.push([
            Cell::from(kind.kind.name()),
            kind.layers.to_string().into(),
            grouped(kind.macs).into(),
            percent(kind.macs as f64 / cost.totals.macs.max(1) as f64).into(),
            grouped(kind.parameters).into(),
            grouped(kind.output_elements).into(),
        ]);
    }
    table.render(palette, WIDTH)
}

fn layer_table(cost: &Cost, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("layer"),
        Column::left("kind"),
        Column::left("shape"),
        Column::right("MACs"),
        Column::right("parameters"),
        Column::right("out"),
    ]);
    for layer in &cost.layers {
        table.push([
            Cell::from(&layer.name),
            layer.kind.name().into(),
            layer.shape().into(),
            count(layer.macs as f64).into(),
            grouped(layer.parameters).into(),
            count(layer.output_elements as f64).into(),
        ]);
    }
    table.render(palette, WIDTH)
}
