//! `tilesim cost`: what a network costs in theory, whatever runs it.

use tilesim::{
    Network,
    cost::{CostTotals, LayerCost, NetworkCost},
};
use tilesim_report::render::{
    Cell, Column, Palette, Role, Table, key_values,
    units::{bytes, count, grouped, percent},
};

use crate::{args::CostArgs, console::Console, error::CliError, exit::Outcome};

/// Prints the cost of a network.
pub(crate) fn run(args: &CostArgs, console: &Console) -> Result<Outcome, CliError> {
    let mut network = Network::load_with(&args.model, &args.settings)?;
    for shape in &args.shapes.input {
        network.bind(shape)?;
    }
    let batch = match args.batch {
        Some(batch) => batch,
        None => network.batch()?,
    };
    let cost = network.cost(batch)?;
    console.answer(&cost, |cost, palette| rendered(cost, args.layers, palette))?;
    if let Some(reason) = network.not_simulated()? {
        console.remark(&format!("`simulate` cannot take this network: {reason}"));
    }
    Ok(Outcome::Positive)
}

fn rendered(cost: &NetworkCost, layers: bool, palette: &Palette) -> String {
    let mut text = palette.paint(Role::Title, &format!("{}, batch {}", cost.model.name, cost.batch)) + "\n";
    text += &totals(&cost.totals, palette);
    text += "\n";
    text += &kinds(cost, palette);
    if layers {
        text += "\n";
        text += &layer_table(cost, palette);
    }
    text
}

fn totals(totals: &CostTotals, palette: &Palette) -> String {
    let mut lines = vec![("multiply-accumulates", grouped(totals.macs))];
    if totals.activation_product_macs > 0 {
        let products = totals.activation_product_macs;
        lines.push((
            "",
            format!(
                "{} with parameters, {} of two activations",
                grouped(totals.macs - products),
                grouped(products)
            ),
        ));
    }
    lines.extend([
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
    ]);
    key_values(&lines, palette.width())
}

fn kinds(cost: &NetworkCost, palette: &Palette) -> String {
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
    table.render(palette, palette.width())
}

fn layer_table(cost: &NetworkCost, palette: &Palette) -> String {
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
            shape(layer).into(),
            count(layer.macs as f64).into(),
            grouped(layer.parameters).into(),
            count(layer.output_elements as f64).into(),
        ]);
    }
    table.render(palette, palette.width())
}

/// The shape in one line, such as `3×3/2 32→96 g16 112×112`.
fn shape(layer: &LayerCost) -> String {
    let by = |sizes: &[u64]| sizes.iter().map(u64::to_string).collect::<Vec<_>>().join("×");
    let mut parts = Vec::new();
    if !layer.kernel.is_empty() {
        let stride = layer
            .stride
            .first()
            .filter(|&&stride| stride > 1)
            .map(|stride| format!("/{stride}"));
        parts.push(by(&layer.kernel) + &stride.unwrap_or_default());
    }
    parts.push(if layer.in_channels == layer.out_channels {
        layer.out_channels.to_string()
    } else {
        format!("{}→{}", layer.in_channels, layer.out_channels)
    });
    if layer.conv_groups > 1 {
        parts.push(format!("g{}", layer.group_size));
    }
    parts.push(by(&layer.output));
    parts.join(" ")
}
