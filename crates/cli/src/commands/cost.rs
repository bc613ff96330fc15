//! `tilesim cost`: what a network costs in theory, whatever runs it.

use serde::Serialize;
use tilesim_report::{
    LayerKind, ModelSection, Theoretical,
    render::{
        Cell, Column, Palette, Role, Table, WIDTH, key_values,
        units::{bytes, count, grouped, percent},
    },
};

use crate::{
    args::CostArgs, console::Console, error::CliError, exit::Outcome, networks, run_request::network,
};

/// The answer of `cost`. Figures are of the whole batch, except where they say otherwise.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    /// Version of this format.
    pub(crate) schema: &'static str,
    /// The network.
    pub(crate) model: ModelSection,
    /// Images at a time.
    pub(crate) batch: u64,
    /// What results state of the network, for one image.
    pub(crate) theoretical: Theoretical,
    /// Sums over the network.
    pub(crate) totals: Totals,
    /// Sums over the layers of each kind.
    pub(crate) layer_kinds: Vec<KindCost>,
    /// The layers in network order.
    pub(crate) layers: Vec<LayerCost>,
}

/// Sums over a network.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Totals {
    /// Multiply-accumulates of convolutions and fully connected layers.
    pub(crate) macs: u64,
    /// 2 × multiply-accumulates.
    pub(crate) flops: u64,
    /// Operations of everything else: norms, activations, gates, additions, pooling, biases.
    pub(crate) elementwise_flops: u64,
    /// Trainable parameters.
    pub(crate) parameters: u64,
    /// Of these: weights of convolutions and fully connected layers.
    pub(crate) weights: u64,
    /// Of these: their biases.
    pub(crate) biases: u64,
    /// Of these: parameters of norms.
    pub(crate) norm_parameters: u64,
    /// Stored with the parameters, but not trained.
    pub(crate) statistics: u64,
    /// Elements that convolutions put out.
    pub(crate) activation_elements: u64,
    /// Elements that convolutions take in.
    pub(crate) input_elements: u64,
    /// Elements that all operators put out.
    pub(crate) all_output_elements: u64,
    /// Elements of the largest tensor.
    pub(crate) largest_tensor_elements: u64,
    /// Bytes that convolutions put out.
    pub(crate) activation_bytes: u64,
}

/// Sums over the layers of one kind.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KindCost {
    /// The kind.
    pub(crate) kind: LayerKind,
    /// Layers of that kind.
    pub(crate) layers: u64,
    /// Multiply-accumulates.
    pub(crate) macs: u64,
    /// Trainable parameters.
    pub(crate) parameters: u64,
    /// Elements put out.
    pub(crate) output_elements: u64,
}

/// One layer: its main operator and what follows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LayerCost {
    /// Name.
    pub(crate) name: String,
    /// Block.
    pub(crate) block: String,
    /// Kind.
    pub(crate) kind: LayerKind,
    /// Input size per spatial dimension.
    pub(crate) input: Vec<u64>,
    /// Output size per spatial dimension.
    pub(crate) output: Vec<u64>,
    /// Kernel or window per spatial dimension; empty where there is none.
    pub(crate) kernel: Vec<u64>,
    /// Stride per spatial dimension; empty where there is none.
    pub(crate) stride: Vec<u64>,
    /// Channels taken in.
    pub(crate) in_channels: u64,
    /// Channels put out.
    pub(crate) out_channels: u64,
    /// Groups of a convolution; 1 for other operators.
    pub(crate) conv_groups: u64,
    /// Input channels of one group; 0 where there is no convolution.
    pub(crate) group_size: u64,
    /// Multiply-accumulates, products with padding counted.
    pub(crate) macs: u64,
    /// Multiply-accumulates, products with padding left out.
    pub(crate) macs_without_padding: u64,
    /// Weights.
    pub(crate) weights: u64,
    /// Biases.
    pub(crate) biases: u64,
    /// Trainable parameters, those of norms included.
    pub(crate) parameters: u64,
    /// Elements taken in.
    pub(crate) input_elements: u64,
    /// Elements put out.
    pub(crate) output_elements: u64,
    /// Whether a norm follows.
    pub(crate) norm: bool,
    /// Whether an activation follows.
    pub(crate) activation: bool,
    /// Whether that activation is proxy-normalised.
    pub(crate) proxy: bool,
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
    let cost = networks::cost(&network, args.batch)?;
    console.answer(&cost, |cost, palette| rendered(cost, args.layers, palette))?;
    Ok(Outcome::Positive)
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
