//! Counts against published figures.

use tilesim_graph::{TheoreticalCost, theoretical_cost};
use tilesim_models::{ModelSpec, build};
use tilesim_test_support::{csv_table, reference};

fn cost(name: &str) -> TheoreticalCost {
    theoretical_cost(&build(&ModelSpec::load(name).expect(name), 1).expect(name))
}

/// Key figures of the paper's networks at native resolution: Masters et al. 2021, arXiv 2106.03640; counted from the
/// definition of the networks. Columns: name, multiply-accumulates, trainable parameters with batch or group norm, elements
/// that convolutions put out.
const EFFICIENT_NETS: &str = include_str!("efficientnets.csv");

#[test]
fn efficientnets_have_the_counts_of_their_definition() {
    let mut rows = csv::Reader::from_reader(EFFICIENT_NETS.as_bytes());
    let mut checked = 0;
    for row in rows.records() {
        let row = row.expect("a row");
        let number = |index: usize| row[index].parse::<u64>().expect("a number");
        let cost = cost(&row[0]);
        assert_eq!(cost.macs, number(1), "{}", &row[0]);
        assert_eq!(cost.parameters.trainable(), number(2), "{}", &row[0]);
        assert_eq!(cost.activation_elements, number(3), "{}", &row[0]);
        checked += 1;
    }
    assert_eq!(checked, 12);
}

/// `torchvision` states 25,557,032 parameters and 4.09 G multiply-accumulates for its `ResNet`-50, which is v1.5.
#[test]
fn resnet50() {
    let cost = cost("resnet50");
    assert_eq!(cost.parameters.trainable(), 25_557_032);
    assert_eq!(cost.macs, 4_089_184_256);
}

/// `torchvision` states 25,028,904 parameters and 4.23 G multiply-accumulates.
#[test]
fn resnext50() {
    let cost = cost("resnext50-32x4d");
    assert_eq!(cost.parameters.trainable(), 25_028_904);
    assert!((4.225e9..4.235e9).contains(&(cost.macs as f64)), "{}", cost.macs);
}

/// Howard et al. 2017, table 4: 569 M multiply-accumulates and 4.2 M parameters; Keras states 4,231,976 trainable.
#[test]
fn mobilenet_v1() {
    let cost = cost("mobilenet-v1");
    assert_eq!(cost.parameters.trainable(), 4_231_976);
    assert!((568.5e6..569.5e6).contains(&(cost.macs as f64)), "{}", cost.macs);
}

#[test]
fn costs_are_in_proportion_to_the_batch() {
    let spec = ModelSpec::load("efficientnet-b0-g16").expect("a bundled network");
    let one = theoretical_cost(&build(&spec, 1).expect("batch 1"));
    let eight = theoretical_cost(&build(&spec, 8).expect("batch 8"));
    assert_eq!(eight.macs, 8 * one.macs);
    assert_eq!(eight.macs_without_padding, 8 * one.macs_without_padding);
    assert_eq!(eight.elementwise.flops, 8 * one.elementwise.flops);
    assert_eq!(eight.activation_bytes, 8 * one.activation_bytes);
    assert_eq!(eight.parameters, one.parameters);
}

/// Parameters and multiply-accumulates that `torchvision` states for its networks; 224 pixels.
#[test]
fn published_networks() {
    for (name, parameters, giga_macs) in [
        ("convnext-tiny", 28_589_128, 4.46),
        ("efficientnetv2-s", 21_458_488, 2.85),
        ("mobilenet-v2", 3_504_872, 0.30),
        ("mobilenet-v3-small", 2_542_856, 0.06),
        ("mobilenet-v3-large", 5_483_032, 0.22),
        ("regnet-x-400mf", 5_495_976, 0.41),
        ("resnet18", 11_689_512, 1.81),
        ("vit-b-16", 86_567_656, 17.56),
    ] {
        let cost = cost(name);
        assert_eq!(cost.parameters.trainable(), parameters, "{name}");
        let macs = cost.macs as f64 / 1e9;
        assert!((macs - giga_macs).abs() <= 0.0051, "{name}: {macs}");
    }
}

/// Xie et al. 2017, table 1: 17 blocks more in the third stage than `ResNeXt`-50; timm states 44.18 M parameters.
#[test]
fn resnext101() {
    let (larger, smaller) = (cost("resnext101-32x4d"), cost("resnext50-32x4d"));
    let weights = 1024 * 512 + 512 * (512 / 32) * 9 + 512 * 1024;
    assert_eq!(larger.macs - smaller.macs, 17 * weights * 14 * 14);
    let norms = 2 * (512 + 512 + 1024);
    let parameters = larger.parameters.trainable();
    assert_eq!(
        parameters - smaller.parameters.trainable(),
        17 * (weights + norms)
    );
    assert_eq!(parameters, 44_177_704);
}

/// The networks that the zoo has too have its counts to the unit.
#[test]
fn networks_of_the_zoo() {
    let Some(table) = reference::path("onnx/zoo/zoo.csv") else {
        return;
    };
    let rows = csv_table::rows(&table);
    for (name, settings, file) in ZOO {
        let row = rows.iter().find(|row| row.text("file") == *file).expect(file);
        let mut spec = ModelSpec::load(name).expect(name);
        for (key, value) in *settings {
            spec.set(key, value).expect("a setting");
        }
        let cost = theoretical_cost(&build(&spec, 1).expect(name));
        assert_eq!(cost.macs, row.number("macs"), "{file}");
        assert_eq!(cost.parameters.trainable(), row.number("parameters"), "{file}");
    }
}

/// A network, its settings, and its file.
type ZooNetwork = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const ZOO: &[ZooNetwork] = &[
    ("convnext-tiny", &[], "convnext_tiny.onnx"),
    ("efficientnetv2-s", &[], "efficientnet_v2_s.onnx"),
    ("mobilenet-v2", &[], "mobilenet_v2.onnx"),
    ("mobilenet-v3-small", &[], "mobilenet_v3_small.onnx"),
    ("mobilenet-v3-large", &[], "mobilenet_v3_large.onnx"),
    ("regnet-x-400mf", &[], "regnet_x_400mf.onnx"),
    ("resnet18", &[], "resnet18.onnx"),
    ("resnet50", &[("group_width", "128")], "wide_resnet50_2.onnx"),
    ("resnext50-32x4d", &[], "resnext50_32x4d.onnx"),
    ("vit-b-16", &[], "vit_b_16.onnx"),
];
