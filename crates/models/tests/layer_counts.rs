//! Every layer of the paper's networks.

use tilesim_graph::{LayerCost, LayerKind, theoretical_cost};
use tilesim_models::{ModelSpec, build};
use tilesim_test_support::csv_table::{Row, rows};
use tilesim_test_support::reference;

/// The network of a table `B<n>_G<g>_<native|half>_<pixels>`.
fn layers(table: &str, norm: &str) -> Vec<LayerCost> {
    let parts: Vec<&str> = table.split('_').collect();
    let [variant, group, _, pixels] = parts[..] else {
        panic!("{table}: not the name of a network")
    };
    let name = format!("efficientnet-{}-{}", variant.to_lowercase(), group.to_lowercase());
    let mut spec = ModelSpec::load(&name).expect(&name);
    spec.set("resolution", pixels).expect("pixels");
    spec.set("norm", norm).expect("a norm");
    theoretical_cost(&build(&spec, 1).expect(&name)).layers
}

const fn name_in_tables(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Conv => "conv",
        LayerKind::PointwiseExpand => "pw_expand",
        LayerKind::Spatial => "spatial",
        LayerKind::SqueezeExcitePool => "se_pool",
        LayerKind::SqueezeExciteFc => "se_fc",
        LayerKind::SqueezeExciteMultiply => "se_mul",
        LayerKind::PointwiseProject => "pw_project",
        LayerKind::Add => "add",
        LayerKind::Pool => "pool",
        LayerKind::FullyConnected => "fc",
        LayerKind::MatrixProduct
        | LayerKind::Attention
        | LayerKind::Softmax
        | LayerKind::Elementwise
        | LayerKind::Rearrangement => "",
    }
}

#[test]
fn layers_are_equal() {
    let Some(folder) = reference::path("paper") else {
        return;
    };
    let mut tables: Vec<_> = std::fs::read_dir(folder.join("layers"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    tables.sort();
    assert_eq!(tables.len(), 18);
    for path in tables {
        let table = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let rows = rows(&path);
        let plain = layers(&table, "bn");
        let proxy = layers(&table, "ln+pn");
        assert_eq!(plain.len(), rows.len(), "{table}");
        for ((row, plain), proxy) in rows.iter().zip(&plain).zip(&proxy) {
            assert_eq!(cells(plain, proxy), cells_of(row), "{table} {}", plain.name);
        }
    }
}

/// The numbers of a layer, in the order of the tables' columns.
fn cells(layer: &LayerCost, proxy: &LayerCost) -> (String, String, String, Vec<u64>) {
    let first = |sizes: &[u64], otherwise| sizes.first().copied().unwrap_or(otherwise);
    // The tables give a fully connected layer a 1×1 kernel and field.
    let fully_connected = u64::from(layer.kind == LayerKind::FullyConnected);
    let numbers = vec![
        first(&layer.input, 1),
        first(&layer.output, 1),
        first(&layer.kernel, fully_connected),
        first(&layer.stride, 1),
        layer.in_channels,
        layer.out_channels,
        layer.conv_groups,
        layer.group_size,
        layer.macs,
        layer.parameters.weights,
        layer.parameters.biases,
        layer.input_elements,
        layer.output_elements,
        u64::from(layer.norm),
        u64::from(layer.activation),
        u64::from(proxy.proxy),
    ];
    (
        layer.block.clone(),
        layer.name.clone(),
        name_in_tables(layer.kind).to_owned(),
        numbers,
    )
}

fn cells_of(row: &Row) -> (String, String, String, Vec<u64>) {
    let columns = [
        "hin",
        "hout",
        "k",
        "stride",
        "cin",
        "cout",
        "groups",
        "group_size",
        "macs",
        "weights",
        "bias",
        "in_elems",
        "out_elems",
        "norm",
        "act",
        "pn",
    ];
    (
        row.text("block").to_owned(),
        row.text("name").to_owned(),
        row.text("kind").to_owned(),
        columns.map(|column| row.number(column)).to_vec(),
    )
}
