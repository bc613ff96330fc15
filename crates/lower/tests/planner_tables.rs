//! The planner's cost function against the vendor's own planner, term by term.

use std::path::{Path, PathBuf};

use tilesim_codelets::Count;
use tilesim_lower::planner::{self, PlanCost, table};
use tilesim_machine::{ConvUnits, Machine};

fn machine(name: &str, tiles: u32, tile_memory_bytes: u64, f16_f16: u32) -> Machine {
    Machine {
        name: name.to_owned(),
        description: String::new(),
        tiles,
        workers: 6,
        clock_hz: 1_325_000_000,
        tile_memory_bytes,
        memory_element_bytes: 16 * 1024,
        data_path_bytes: 8,
        conv_units: ConvUnits {
            f16_f16,
            f16_f32: 8,
            f32_f32: f16_f16,
        },
        conv_unit_chain_length: 4,
        conv_unit_inputs_per_cycle_f16: 4,
        conv_unit_inputs_per_cycle_f32: 2,
        weights_per_conv_unit_f16: 16,
        weights_per_conv_unit_f32: 8,
        weight_load_bytes_per_cycle: 16,
        weight_load_128bit: false,
        memcpy_bytes_per_cycle: 8,
        exchange_bytes_per_cycle: 4,
        tiles_per_exchange_bus: 2,
        exchange_bus_sharing: true,
        sync_cycles: 0,
        exchange_latency_cycles: 0,
        exchange_message_centicycles: 0,
        copy_piece_centicycles: 0,
        repeat_count_max: 4095,
        host_bytes_per_second: 1,
        picojoules_per_flop: None,
    }
}

fn machine_of(row: &table::PlannedRow) -> Machine {
    let base = if row.target.starts_with("mk1") {
        machine("mk1", 1216, 256 * 1024, 8)
    } else {
        machine("mk2", 1472, 624 * 1024, 16)
    };
    row.machine(&base).expect("known target")
}

fn tables() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vendor/plans");
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the vendor's tables are missing"
    );
    println!("skipped: no vendor tables at {}", path.display());
    None
}

fn rows(path: &Path) -> Vec<table::PlannedRow> {
    let mut reader = csv::Reader::from_path(path).expect("table");
    let headers = reader.headers().expect("headers").clone();
    reader
        .records()
        .map(|record| {
            let record = record.expect("record");
            let field = |column: &str| {
                headers
                    .iter()
                    .position(|h| h == column)
                    .and_then(|i| record.get(i))
            };
            // The closure borrows the record; the parsed row owns its data.
            table::parse_row(&field).expect("row")
        })
        .collect()
}

type Term = (&'static str, fn(&PlanCost) -> u64);

const TERMS: [Term; 22] = [
    ("compute", |c| c.compute),
    ("exchange_input", |c| c.exchange_input),
    ("exchange_weights", |c| c.exchange_weights),
    ("exchange_reduce_first", |c| c.exchange_reduce_first),
    ("exchange_reduce_rest", |c| c.exchange_reduce_rest),
    ("reduce", |c| c.reduce),
    ("transform_copy", |c| c.transform_copy),
    ("transform_exchange", |c| c.transform_exchange),
    ("tile_transform", |c| c.tile_transform),
    ("inputs_cast", |c| c.inputs_cast),
    ("dynamic_slice", |c| c.dynamic_slice),
    ("dynamic_update", |c| c.dynamic_update),
    ("add_in_place", |c| c.add_in_place),
    ("output_cast", |c| c.output_cast),
    ("rearrange_before_slice", |c| c.rearrange_before_slice),
    ("broadcast_input_copy", |c| c.broadcast_input_copy),
    ("broadcast_input_exchange", |c| c.broadcast_input_exchange),
    ("transform_bytes", |c| c.transform_bytes),
    ("tile_transform_bytes", |c| c.tile_transform_bytes),
    ("convolution_bytes", |c| c.convolution_bytes),
    ("reduce_bytes", |c| c.reduce_bytes),
    ("tiles_used", |c| c.tiles_used),
];

/// Rows on which each term, the total cycles and the temporary bytes agree exactly.
fn agreement(name: &str) -> Option<Vec<(&'static str, f64)>> {
    let rows = rows(&tables()?.join(name));
    let mut exact = vec![0usize; TERMS.len() + 2];
    let mut shown = std::collections::BTreeMap::<&str, u32>::new();
    for row in &rows {
        let cost = planner::cost(
            &machine_of(row),
            &row.convolution,
            &row.options,
            &row.plan,
            Count::Vendor,
        )
        .expect("a plan of the vendor has a cost");
        for (i, (term, value)) in TERMS.iter().enumerate() {
            let (ours, given) = (value(&cost), value(&row.given));
            exact[i] += usize::from(ours == given);
            if ours != given {
                let seen = shown.entry(term).or_default();
                *seen += 1;
                if *seen <= 2 && std::env::var_os("SHOW").is_some_and(|shown| shown == *term) {
                    println!("{term}: {ours} for {given}: {row:?}");
                }
            }
        }
        exact[TERMS.len()] += usize::from(cost.cycles() == row.given_cycles);
        exact[TERMS.len() + 1] += usize::from(cost.temporary_bytes() == row.given_temporary_bytes);
    }
    let names = TERMS
        .iter()
        .map(|(name, _)| *name)
        .chain(["cycles", "temporary_bytes"]);
    let shares: Vec<_> = names
        .zip(exact)
        .map(|(name, n)| (name, 100.0 * n as f64 / rows.len() as f64))
        .collect();
    for (term, share) in shares.iter().filter(|(_, share)| *share < 100.0) {
        println!("{name} {term}: {share:.2} % of {} rows exact", rows.len());
    }
    Some(shares)
}

#[test]
fn assignments_of_the_current_model_are_exact() {
    for name in ["PlannerLayerSample_open.csv", "PlannerLayerBest_open.csv"] {
        for (term, share) in agreement(name).unwrap_or_default() {
            assert!(share >= 99.0, "{name}: {term} exact on {share:.2} % of the rows");
        }
    }
}

#[test]
fn plans_of_the_shipped_planner_cost_much_the_same() {
    for name in ["effnet", "grid", "bench", "sensitivity"] {
        let _ = agreement(&format!("{name}_planned_open.csv"));
    }
}
