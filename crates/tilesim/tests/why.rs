//! The difference of two runs sums to itself, and what is said to have been simulated was.
#![allow(missing_docs)]

use std::cell::RefCell;

use proptest::{prelude::*, test_runner::TestCaseError};
use tilesim::{
    Error, Network, RunOptions, Setting, Simulation, Simulator, Training, WhySubject,
    difference::{Changed, Counterfactual, Node, NodeKind, PlanLine, Why},
    why,
};

const NETWORKS: [&str; 6] = [
    "efficientnet-b0-g1",
    "efficientnet-b0-g16",
    "mobilenet-v1",
    "mobilenet-v2",
    "mobilenet-v3-small",
    "resnet18",
];

/// A run of a small network on a small machine: the text of a model.
fn model() -> impl Strategy<Value = String> {
    let network = proptest::sample::select(&NETWORKS[..]);
    let machine = proptest::sample::select(&["mk1", "mk2", "bow"][..]);
    let resolution = proptest::sample::select(&[24_u64, 32][..]);
    let tiles = proptest::sample::select(&[16_u64, 48, 64][..]);
    let others = [
        "precision=16.32",
        "machine.exchange_bytes_per_cycle=8",
        "machine.weights_per_conv_unit_f16=8",
        "machine.sync_cycles=500",
        "available_memory_proportion=0.3",
        "framework.inference_norm=operator",
        "host_io=serial",
    ];
    let others = proptest::sample::subsequence(others.to_vec(), 0..3);
    (network, machine, 1_u64..4, resolution, tiles, others).prop_map(
        |(network, machine, batch, resolution, tiles, others)| {
            let mut settings = vec![
                format!("batch={batch}"),
                format!("resolution={resolution}"),
                format!("machine.tiles={tiles}"),
            ];
            settings.extend(others.into_iter().map(str::to_owned));
            format!("{network}@{machine}:{}", settings.join(","))
        },
    )
}

/// Every part's cycles are the sum of its own parts.
fn sums(nodes: &[Node]) -> Result<i64, TestCaseError> {
    for node in nodes {
        if !node.children.is_empty() {
            prop_assert_eq!(sums(&node.children)?, node.cycles, "{}", node.name);
        }
    }
    Ok(nodes.iter().map(|node| node.cycles).sum())
}

fn of_model(text: &str) -> Result<Simulation, Error> {
    Simulation::of(text)
}

/// What a counterfactual says was run, run once more.
fn changed(simulation: Simulation, settings: &[String]) -> Result<Simulation, Error> {
    let mut simulation = simulation;
    // A network or a machine as a whole stands before what was changed of it.
    let (mut network, mut settings) = (None, settings.to_vec());
    if let Some(name) = settings[0].strip_prefix("network=") {
        let of_network: Vec<Setting> = settings[1..]
            .iter()
            .map(|text| text.parse().expect("a setting"))
            .collect();
        network = Some(Network::load_with(name, &of_network)?);
        settings.clear();
    }
    if let Some(network) = network {
        // A run of that network, with all else as it was.
        return Ok(simulation.with_network(network));
    }
    for text in settings {
        let setting: Setting = text.parse().expect("a setting");
        simulation = match setting.key.as_str() {
            "machine" => simulation.machine(setting.value.as_str())?,
            _ => simulation.set(&setting.key, &setting.value)?,
        };
    }
    Ok(simulation)
}

fn is_reproduced(
    counterfactual: &Counterfactual,
    a: &str,
    b: &str,
    simulator: &Simulator,
) -> Result<(), TestCaseError> {
    let cycles = |text: &str| -> Result<u64, Error> {
        Ok(changed(of_model(text)?, &counterfactual.set)?
            .result(simulator)?
            .time
            .cycles)
    };
    let of_b = cycles(b).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(of_b, counterfactual.cycles_after, "{:?}", counterfactual);
    if counterfactual.changed == Changed::Both {
        let of_a = cycles(a).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(of_a, counterfactual.cycles_a, "{:?}", counterfactual);
    }
    Ok(())
}

fn asked(a: &str, b: &str, simulator: &Simulator) -> Result<Why, Error> {
    let (a, b) = WhySubject::pair(a, b, &RunOptions::default())?;
    why(&a, &b, simulator, &())
}

thread_local! {
    /// Networks and machines are few: what runs have in common is worked out once.
    static SIMULATOR: RefCell<Simulator> = RefCell::new(Simulator::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_is_the_sum_of_its_parts_and_counterfactuals_are_runs(a in model(), b in model()) {
        SIMULATOR.with_borrow(|simulator| {
            let fail = |error: Error| TestCaseError::fail(error.to_string());
            let why = asked(&a, &b, simulator).map_err(fail)?;
            let difference = &why.difference;
            let (of_a, of_b) = (
                of_model(&a).and_then(|run| run.result(simulator)).map_err(fail)?,
                of_model(&b).and_then(|run| run.result(simulator)).map_err(fail)?,
            );
            let images = difference.images;
            prop_assert!(images.is_multiple_of(of_a.run.batch) && images.is_multiple_of(of_b.run.batch));
            let compared = |cycles: u64, batch: u64| (cycles * (images / batch)).cast_signed();
            prop_assert_eq!(
                difference.difference_cycles,
                compared(of_b.time.cycles, of_b.run.batch) - compared(of_a.time.cycles, of_a.run.batch)
            );
            prop_assert_eq!(sums(&difference.tree)?, difference.difference_cycles);
            for cause in &difference.tree {
                let of = |result: &tilesim::results::RunResult| {
                    let found = result.cycles_by_cause.iter().find(|(of, _)| of.name() == cause.name);
                    compared(found.map_or(0, |(_, cycles)| cycles), result.run.batch)
                };
                prop_assert_eq!(cause.cycles, of(&of_b) - of(&of_a), "{}", cause.name);
            }
            for counterfactual in &why.counterfactuals {
                is_reproduced(counterfactual, &a, &b, simulator)?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

#[test]
fn two_runs_that_are_one_differ_in_nothing() -> Result<(), Error> {
    let model = "mobilenet-v1@:resolution=32,machine.tiles=64";
    let why = asked(model, model, &Simulator::new())?;
    assert_eq!(why.difference.difference_cycles, 0);
    assert!(why.difference.tree.is_empty() && why.difference.settings.is_empty());
    assert_eq!(why.difference.alignment.changed, 0);
    Ok(())
}

#[test]
fn a_result_that_was_read_is_taken_apart_and_not_run_otherwise() -> Result<(), Error> {
    let simulator = Simulator::new();
    let (a, b) = (
        Simulation::of("efficientnet-b0-g1@:resolution=32")?,
        Simulation::of("efficientnet-b0-g16@:resolution=32")?,
    );
    let read = |simulation: &Simulation| -> Result<WhySubject, Error> {
        Ok(WhySubject::Result(Box::new(simulation.result(&simulator)?)))
    };
    let run = |simulation: &Simulation| WhySubject::Simulation(Box::new(simulation.clone()));
    let of_runs = why(&run(&a), &run(&b), &simulator, &())?;
    let of_files = why(&read(&a)?, &read(&b)?, &simulator, &())?;
    assert_eq!(
        of_files.difference.difference_cycles,
        of_runs.difference.difference_cycles
    );
    assert!(of_files.counterfactuals.is_empty());
    assert!(
        of_files
            .not_simulated
            .iter()
            .all(|refused| refused.reason.contains("read"))
    );
    // Of the network of a file the name is known, which is no setting.
    let half = why(&read(&a)?, &run(&b), &simulator, &())?;
    assert!(half.counterfactuals.is_empty(), "{:?}", half.counterfactuals);
    assert!(!half.not_simulated.is_empty());
    Ok(())
}

#[test]
fn an_inference_is_no_weight_update() -> Result<(), Error> {
    let options = RunOptions::default();
    let inference = WhySubject::of("mobilenet-v1@:resolution=32", &options)?;
    let update = WhySubject::training("mobilenet-v1@:resolution=32", None, &options)?;
    let refused = why(&inference, &update, &Simulator::new(), &());
    assert!(matches!(refused, Err(Error::Argument { .. })), "{refused:?}");
    Ok(())
}

#[test]
fn weight_updates_are_taken_apart_alike() -> Result<(), Error> {
    let simulator = Simulator::new();
    let options = RunOptions::default();
    let small = "resolution=32,machine.tiles=64,machine.tile_memory_bytes=10000000";
    let texts = [
        format!("mobilenet-v1@:{small},system.micro_batch=2"),
        format!("mobilenet-v1@:{small},system.micro_batch=3,system.gradient_accumulation=2"),
        format!("mobilenet-v2@bow:{small},system.gradient_accumulation=4"),
    ];
    for a in &texts {
        for b in &texts {
            let (first, second) = (
                WhySubject::training(a, None, &options)?,
                WhySubject::training(b, None, &options)?,
            );
            let why = why(&first, &second, &simulator, &())?;
            let parts = sums(&why.difference.tree).expect("sums");
            assert_eq!(parts, why.difference.difference_cycles, "{a} {b}");
            let update = |text: &str| Training::with_options(Some(text), None, &options)?.run(&simulator);
            let cycles = |text: &str| -> Result<(u64, u64), Error> {
                let update = update(text)?;
                Ok((update.time.cycles, update.system.global_batch))
            };
            let ((cycles_a, images_a), (cycles_b, images_b)) = (cycles(a)?, cycles(b)?);
            let images = why.difference.images;
            assert_eq!(
                why.difference.difference_cycles,
                (cycles_b * (images / images_b)).cast_signed()
                    - (cycles_a * (images / images_a)).cast_signed()
            );
            for counterfactual in &why.counterfactuals {
                if counterfactual.set.len() != 1 || counterfactual.set[0].starts_with("network=") {
                    continue;
                }
                let setting: Setting = counterfactual.set[0].parse().expect("a setting");
                let training = Training::with_options(Some(b), None, &options)?;
                let training = match setting.key.as_str() {
                    "machine" => training.machine(setting.value.as_str())?,
                    _ => training.set(&setting.key, &setting.value)?,
                };
                assert_eq!(training.run(&simulator)?.time.cycles, counterfactual.cycles_after);
            }
        }
    }
    Ok(())
}

#[test]
fn plans_of_every_network_have_a_kernel_a_grouping_and_a_split() -> Result<(), Error> {
    let simulator = Simulator::new();
    for network in NETWORKS {
        let run = Simulation::of(network)?
            .set("resolution", 32)?
            .result(&simulator)?;
        for layer in run.layers.iter().filter(|layer| !layer.plan.is_empty()) {
            let line = PlanLine::of(&layer.plan);
            assert!(
                ![line.kernel, line.grouping, line.split].contains(&"") && line.kernel != layer.plan,
                "{}",
                layer.plan
            );
        }
    }
    Ok(())
}

fn collect_leaves<'a>(nodes: &'a [Node], leaves: &mut Vec<&'a Node>) {
    for node in nodes {
        if node.children.is_empty() {
            leaves.push(node);
        }
        collect_leaves(&node.children, leaves);
    }
}

#[test]
fn leaves_name_the_decision_that_differs() -> Result<(), Error> {
    let why = asked(
        "efficientnet-b0-g1@:resolution=64",
        "efficientnet-b0-g16@:resolution=64",
        &Simulator::new(),
    )?;
    let mut leaves = Vec::new();
    collect_leaves(&why.difference.tree, &mut leaves);
    let of_kind = |kind: NodeKind| leaves.iter().any(|leaf| leaf.kind == kind);
    for kind in [
        NodeKind::Kernel,
        NodeKind::Split,
        NodeKind::Layout,
        NodeKind::Work,
    ] {
        assert!(of_kind(kind), "{kind:?}");
    }
    assert!(!of_kind(NodeKind::Inserted) && !of_kind(NodeKind::NotRecorded));
    Ok(())
}
