//! Counts against published figures.

use tilesim_graph::{TheoreticalCost, theoretical_cost};
use tilesim_models::{ModelSpec, build};

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
