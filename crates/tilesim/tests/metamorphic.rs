//! Random pairs of runs of which one thing is known beforehand: with more of a resource a network takes no longer, twice the batch takes no
//! less, names and the order of questions change nothing.
//!
//! `METAMORPHIC_PAIRS` is how many (1,500 take a quarter of an hour), `METAMORPHIC_SEED` draws others, `METAMORPHIC_NETWORKS=all` draws from
//! all bundled networks instead of the small ones, and `METAMORPHIC_PLANNING=vendor` lists what the vendor's planning breaks.
#![allow(missing_docs, clippy::print_stdout)]

use std::env;

use rayon::prelude::*;
use tilesim::{
    Error, Network, Planning, Simulation, Simulator, Sweep,
    results::RunResult,
    study::{Row, Study, Value},
};

/// Networks that are quick.
const SMALL: [&str; 6] = [
    "mobilenet-v1",
    "mobilenet-v2",
    "mobilenet-v3-small",
    "efficientnet-b0-g1",
    "efficientnet-b0-g16",
    "resnet18",
];
/// How much longer a run may take with more, and how much shorter with twice the batch.
const BOUND: f64 = 0.01;

/// Resources, with what they are in the machine. Workers are none: they take turns, so that with more of them each is slower, and what one of
/// them does alone takes longer.
const RESOURCES: [(&str, &[&str]); 8] = [
    ("exchange", &["machine.exchange_bytes_per_cycle"]),
    ("memcpy", &["machine.memcpy_bytes_per_cycle"]),
    ("weight load", &["machine.weight_load_bytes_per_cycle"]),
    (
        "convolution units",
        &[
            "machine.conv_units.f16_f16",
            "machine.conv_units.f16_f32",
            "machine.conv_units.f32_f32",
        ],
    ),
    ("clock", &["machine.clock_hz"]),
    ("memory", &["machine.tile_memory_bytes"]),
    ("tiles", &["machine.tiles"]),
    ("host", &["machine.host_bytes_per_second"]),
];

/// Draws numbers (`SplitMix64`).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % limit
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |text| text.parse().expect("a whole number"))
}

/// A number of the machine times a factor.
fn scaled(run: Simulation, key: &str, factor: u64) -> Result<Simulation, Error> {
    let values = run.machine_variant().values();
    let name = key.trim_start_matches("machine.");
    let value = values
        .iter()
        .find(|value| value.key == name)
        .expect("a key of the machine");
    let number: u64 = value.value.parse().expect("a whole number");
    run.set(key, number * factor)
}

fn scaled_all(run: Simulation, keys: &[&str], factor: u64) -> Result<Simulation, Error> {
    keys.iter().try_fold(run, |run, key| scaled(run, key, factor))
}

/// The same network under other names.
fn renamed(run: &Simulation) -> Result<Simulation, Error> {
    let mut graph = run.graph()?;
    for (index, layer) in graph.layers.iter_mut().enumerate() {
        layer.name = format!("layer {index}");
    }
    for (index, op) in graph.ops.iter_mut().enumerate() {
        op.name = format!("operator {index}");
    }
    for (index, tensor) in graph.tensors.iter_mut().enumerate() {
        tensor.name = format!("tensor {index}");
    }
    let network = Network::from_code("renamed", move |_| Ok(graph.clone()));
    Ok(run.clone().with_network(network))
}

/// What is wrong with a pair; nothing where it is as expected.
fn verdict(
    what: &str,
    of: &str,
    before: &RunResult,
    after: &RunResult,
    holds: impl Fn(f64) -> bool,
) -> Option<String> {
    let fits = |run: &RunResult| run.memory.peak_bytes <= run.memory.tile_bytes;
    let ratio = after.time.seconds / before.time.seconds;
    (fits(before) && !holds(ratio)).then(|| {
        format!(
            "{what}: {of}: {} to {} cycles, {:+.2} %",
            before.time.cycles,
            after.time.cycles,
            100.0 * (ratio - 1.0)
        )
    })
}

/// A study of a network over two axes, in this order.
fn study(network: &str, planning: Planning, axes: [&str; 2]) -> Study {
    let text = format!(
        r#"{{
            "schema": "tilesim-study/1", "name": "pair", "description": "two axes",
            "fixed": {{ "model": "{network}", "machine": "mk2", "resolution": 96, "planning": "{planning}" }},
            "axes": [{}, {}], "metrics": ["time.cycles", "memory.peak_bytes"]
        }}"#,
        axes[0], axes[1]
    );
    Study::from_json(&text, "pair.json").expect("a study")
}

const AXES: [&str; 2] = [
    r#"{ "key": "machine.exchange_bytes_per_cycle", "values": [4, 8] }"#,
    r#"{ "key": "batch", "values": [1, 2] }"#,
];

fn pair(
    number: u64,
    networks: &[&str],
    planning: Planning,
    simulator: &Simulator,
) -> Result<Option<String>, Error> {
    let mut draw = Draw(setting("METAMORPHIC_SEED", 1).wrapping_mul(0x1000_0000) + number);
    let network = draw.of(networks);
    let kind = draw.below(20);
    let batch = draw.of(&[1, 2, 4]);
    let mut run = Simulation::of(network)?
        .planning(planning)
        .batch(batch)
        .set("precision", draw.of(&["16.16", "16.16", "16.32"]))?
        .set("host_io", draw.of(&["none", "none", "serial"]))?;
    let mut of = format!("{network} batch {batch} {}", run.number_formats());
    if draw.below(2) == 0 {
        let (name, keys) = draw.of(&RESOURCES);
        if name != "tiles" {
            run = scaled_all(run, keys, 2)?;
            of = format!("{of}, twice the {name}");
        }
    }
    match kind {
        0..=13 => {
            let (name, keys) = draw.of(&RESOURCES);
            let factor = draw.of(&[2, 2, 4]);
            let before = run.result(simulator)?;
            let after = scaled_all(run, keys, factor)?.result(simulator)?;
            let what = format!("{factor} times the {name}");
            Ok(verdict(&what, &of, &before, &after, |ratio| ratio <= 1.0 + BOUND))
        }
        14..=16 => {
            let before = run.result(simulator)?;
            let after = run.batch(2 * batch).result(simulator)?;
            Ok(verdict("twice the batch", &of, &before, &after, |ratio| {
                ratio >= 1.0 - BOUND
            }))
        }
        17 => {
            let before = run.result(simulator)?;
            let after = renamed(&run)?.result(simulator)?;
            Ok(verdict("other names", &of, &before, &after, |ratio| {
                ratio.to_bits() == 1_f64.to_bits()
            }))
        }
        18 => {
            let rows =
                |axes: [&str; 2]| Sweep::new("pair", study(network, planning, axes)).rows(0..u64::MAX, &());
            let sorted = |mut rows: Vec<Row>, swapped: bool| {
                for row in &mut rows {
                    row.point = 0;
                    if swapped {
                        row.values.reverse();
                    }
                }
                rows.sort_by_key(|row| row.values.iter().map(Value::to_string).collect::<Vec<_>>());
                rows
            };
            let one = sorted(rows(AXES)?, false);
            let other = sorted(rows([AXES[1], AXES[0]])?, true);
            Ok((one != other).then(|| format!("order of axes: {network}")))
        }
        _ => {
            let sweep = Sweep::new("pair", study(network, planning, AXES));
            let whole = sweep.rows(0..u64::MAX, &())?;
            let mut parts = sweep.rows(2..4, &())?;
            parts.splice(0..0, sweep.rows(0..2, &())?);
            Ok((whole != parts).then(|| format!("parts of a study: {network}")))
        }
    }
}

#[test]
fn pairs_of_runs_are_as_expected() {
    let planning = env::var("METAMORPHIC_PLANNING")
        .map_or(Planning::LayoutAware, |name| name.parse().expect("a planning"));
    let networks: Vec<&str> = match env::var("METAMORPHIC_NETWORKS").as_deref() {
        Ok("all") => tilesim_models::bundled_names(),
        _ => SMALL.to_vec(),
    };
    let simulator = Simulator::new();
    let count = setting("METAMORPHIC_PAIRS", 48);
    let violations: Vec<String> = (0..count)
        .into_par_iter()
        .filter_map(|number| match pair(number, &networks, planning, &simulator) {
            Ok(violation) => violation,
            Err(error) => Some(format!("pair {number}: {error}")),
        })
        .collect();
    assert!(
        violations.is_empty() || planning == Planning::Vendor && env::var("METAMORPHIC_PLANNING").is_ok(),
        "{} of {count} pairs:\n{}",
        violations.len(),
        violations.join("\n")
    );
    for violation in violations {
        println!("{violation}");
    }
}
