//! The properties on real networks at a small resolution.

use proptest::test_runner::TestCaseError;
use tilesim_graph::fold_batch_norm;
use tilesim_lower::LowerOptions;
use tilesim_models::{ModelSpec, build};
use tilesim_terms::HostIo;

use tilesim_test_support::machines::mk2;

use crate::{attribution, memory, monotonicity, roofline, run::Run};

/// A bundled network at a small resolution on the whole chip.
fn run(name: &str, settings: &[(&str, &str)]) -> Run {
    let mut spec = ModelSpec::load(name).expect("a bundled network");
    for (key, value) in settings {
        spec.set(key, value).expect("a setting");
    }
    let graph = fold_batch_norm(&build(&spec, 2).expect("a graph"));
    Run::new(
        graph,
        mk2(),
        LowerOptions {
            host: HostIo::Serial.into(),
            ..LowerOptions::default()
        },
    )
}

fn check(name: &str, settings: &[(&str, &str)]) -> Result<(), TestCaseError> {
    let run = run(name, settings);
    attribution::check_sums(&run.profile)?;
    attribution::check_macs(&run)?;
    roofline::check(&run)?;
    memory::check(&run.profile)?;
    monotonicity::check(&run)
}

#[test]
fn efficientnets() -> Result<(), TestCaseError> {
    check("efficientnet-b0-g1", &[("resolution", "64")])?;
    check("efficientnet-b0-g16", &[("resolution", "96")])?;
    check("efficientnet-b1-g16", &[("resolution", "64"), ("norm", "gn:4")])?;
    check("efficientnet-b0-g16", &[("resolution", "64"), ("norm", "ln+pn")])
}

#[test]
fn residual_networks() -> Result<(), TestCaseError> {
    check("resnet50", &[("resolution", "64")])?;
    check("resnet18", &[("resolution", "64")])?;
    check("regnet-x-400mf", &[("resolution", "64")])?;
    check("convnext-tiny", &[("resolution", "64")])?;
    check("resnext50-32x4d", &[("resolution", "64")])
}

#[test]
fn mobile_networks() -> Result<(), TestCaseError> {
    check("mobilenet-v1", &[("resolution", "64")])?;
    check("mobilenet-v2", &[("resolution", "64")])?;
    check("mobilenet-v3-small", &[("resolution", "64")])?;
    check("efficientnetv2-s", &[("resolution", "64")])
}
