//! Every theoretical count of the paper's networks and of their variations.

use tilesim_graph::{LayerKind, TheoreticalCost, theoretical_cost};
use tilesim_models::{ModelError, ModelSpec, build};
use tilesim_test_support::csv_table::{Row, rows};
use tilesim_test_support::reference;

fn spec(row: &Row, norm: &str) -> ModelSpec {
    let variant = row.text("model").to_lowercase();
    let mut spec = ModelSpec::load(&format!("efficientnet-{variant}-g1")).expect("a bundled network");
    for (key, column) in [
        ("group_size", "group_dim"),
        ("expand_ratio", "expand_ratio"),
        ("resolution", "resolution"),
    ] {
        spec.set(key, row.text(column)).expect(key);
    }
    spec.set("norm", norm).expect("a norm");
    spec
}

fn cost(row: &Row, norm: &str) -> TheoreticalCost {
    theoretical_cost(&build(&spec(row, norm), 1).expect("a network"))
}

#[test]
fn counts_are_equal() {
    let Some(folder) = reference::path("paper") else {
        return;
    };
    let mut checked = 0;
    for row in rows(&folder.join("theoretical.csv")) {
        if row.text("valid") != "1" {
            assert!(
                matches!(
                    build(&spec(&row, "bn"), 1),
                    Err(ModelError::UnevenGroups { channels: 56, .. })
                ),
                "{} G{}",
                row.text("model"),
                row.text("group_dim")
            );
            continue;
        }
        check(&row, &cost(&row, "bn"));
        check_norms(&row);
        checked += 1;
    }
    assert_eq!(checked, 83);
}

fn check(row: &Row, cost: &TheoreticalCost) {
    let of = |kind| cost.of_kind(kind).macs;
    let parameters = cost.parameters;
    let norm_channels = row.number("norm_channels");
    let se_mul: u64 = cost.of_kind(LayerKind::SqueezeExciteMultiply).output_elements;
    let add: u64 = cost.of_kind(LayerKind::Add).output_elements;
    let layers_with_weights = cost.layers.iter().filter(|layer| layer.has_weights()).count() as u64;
    let blocks: std::collections::BTreeSet<&str> = cost
        .layers
        .iter()
        .map(|layer| layer.block.as_str())
        .filter(|block| block.starts_with("block") && *block != "block0")
        .collect();
    for (column, got) in [
        ("macs", cost.macs),
        ("macs_conv", of(LayerKind::Conv)),
        ("macs_pw_expand", of(LayerKind::PointwiseExpand)),
        ("macs_spatial", of(LayerKind::Spatial)),
        ("macs_se_fc", of(LayerKind::SqueezeExciteFc)),
        ("macs_pw_project", of(LayerKind::PointwiseProject)),
        ("macs_fc", of(LayerKind::FullyConnected)),
        ("flops_2xmacs", cost.flops()),
        ("norm_elems", cost.elementwise.norms),
        ("swish_elems", cost.elementwise.activations),
        ("se_mul_elems", se_mul),
        ("add_elems", add),
        ("flops_elementwise_infer", cost.elementwise.flops),
        ("weights", parameters.weights),
        ("biases", parameters.biases),
        ("params_trainable_BN_or_GN", parameters.trainable()),
        ("params_BN_with_moving_stats", parameters.stored()),
        ("act_conv_out_elems", cost.activation_elements),
        ("act_in_elems", cost.input_elements),
        ("act_all_op_out_elems", cost.operator_output_elements),
        ("max_tensor_elems", cost.largest_tensor_elements),
        ("n_conv", layers_with_weights),
        ("n_blocks", blocks.len() as u64),
        ("macs_train_step", cost.training_step_macs(false)),
        ("macs_train_step_recompute", cost.training_step_macs(true)),
    ] {
        assert_eq!(
            got,
            row.number(column),
            "{} G{} {}: {column}",
            row.text("model"),
            row.text("group_dim"),
            row.text("res_kind")
        );
    }
    assert_eq!(parameters.norms, 2 * norm_channels);
    assert_eq!(cost.activation_bytes, 2 * cost.activation_elements);
}

fn check_norms(row: &Row) {
    let group = cost(row, "gn:4").parameters;
    assert_eq!(group.trainable(), row.number("params_trainable_BN_or_GN"));
    assert_eq!(group.statistics, 0);
    assert_eq!(cost(row, "ln").parameters, group);
    for norm in ["ln+pn", "gn:4+pn"] {
        let proxy = cost(row, norm);
        assert_eq!(proxy.macs, row.number("macs"));
        assert_eq!(proxy.parameters.trainable(), row.number("params_LN_PN_trainable"));
        assert_eq!(proxy.parameters.stored(), row.number("vars_LN_PN_stored"));
        assert_eq!(proxy.parameters.statistics, 2 * row.number("pn_channels"));
    }
}
