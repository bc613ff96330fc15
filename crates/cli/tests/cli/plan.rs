//! `plan`: the explanation of a convolution's plan.

use serde_json::Value;

use crate::support::{snapshot, tilesim};

#[test]
fn a_depthwise_layer_and_its_grouped_sibling() {
    for (name, arguments) in [
        ("g1", "plan efficientnet-b0-g1 --layer block2b/b --batch 4"),
        ("g16", "plan efficientnet-b0-g16 --layer block2b/b --batch 4"),
        (
            "g1_weight_gradient",
            "plan efficientnet-b0-g1 --layer block2b/b --batch 4 --pass weight-gradient",
        ),
        (
            "g16_input_gradient_16.32",
            "plan efficientnet-b0-g16 --layer block2a/b --pass input-gradient --precision 16.32",
        ),
        (
            "fewest_tiles",
            "plan efficientnet-b0-g1 --layer block7a/b --objective tiles --set machine.tiles=64",
        ),
    ] {
        let text = snapshot(arguments);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        insta::assert_snapshot!(format!("plan_{name}"), text);
    }
}

/// Planned for training, as one where that is cheaper, and each pass alone where it is not.
#[test]
fn the_passes_of_a_fully_connected_layer() {
    for (name, arguments) in [
        (
            "joint_weight_gradient",
            "plan efficientnet-b0-g16 --layer Top/logits --batch 12 --pass weight-gradient",
        ),
        (
            "separate_input_gradient",
            "plan efficientnet-b0-g16 --layer Top/logits --batch 200 --pass input-gradient",
        ),
    ] {
        let text = snapshot(arguments);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        insta::assert_snapshot!(format!("plan_{name}"), text);
    }
    // Inference has no other passes.
    assert!(!snapshot("plan efficientnet-b0-g16 --layer Top/logits --batch 12").contains("passes"));
}

#[test]
fn what_does_not_fit_is_said_with_by_how_much() {
    let text =
        snapshot("plan efficientnet-b0-g1 --layer block2b/b --batch 4 --available-memory-proportion 0.002");
    assert!(text.starts_with("exit code 1"), "{text}");
    insta::assert_snapshot!("plan_too_little_memory", text);
}

#[test]
fn a_layer_that_is_none() {
    let text = snapshot("plan efficientnet-b0-g1 --layer block9a/b");
    assert!(text.starts_with("exit code 2"), "{text}");
    assert!(text.contains("block1a/b"), "{text}");
}

#[test]
fn every_distinct_convolution_as_json() {
    let output = tilesim(&["plan", "efficientnet-b0-g16", "--format", "json"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let convolutions = answer["convolutions"].as_array().expect("convolutions");
    assert!(convolutions.len() > 20);
    for convolution in convolutions {
        let plan = &convolution["plan"];
        let phases = plan["phases"].as_object().expect("phases");
        let sum: u64 = phases.values().filter_map(Value::as_u64).sum();
        assert_eq!(Some(sum), plan["cycles"].as_u64());
        assert_eq!(plan["cycles"], convolution["kernels"][0]["plan"]["cycles"]);
        assert!(convolution["runner_up"]["cycles"].as_u64() >= plan["cycles"].as_u64());
        let overall = plan["units"]["overall"].as_f64();
        assert!(overall <= plan["units"]["computing"].as_f64());
    }
}
