//! The vendor's plans, and the machines that they are for.
#![allow(dead_code, unreachable_pub, clippy::print_stdout, missing_docs)]

use std::path::{Path, PathBuf};

use tilesim_codelets::table::Row;
use tilesim_machine::{ConvUnits, Machine};
use tilesim_planner::table;

pub fn machine(name: &str, tiles: u32, tile_memory_bytes: u64, f16_f16: u32) -> Machine {
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
        exchange_sender_code_bytes: 0,
        step_code_bytes: 0,
        kernel_code_bytes: 0,
        copy_piece_centicycles: 0,
        repeat_count_max: 4095,
        host_bytes_per_second: 1,
        picojoules_per_flop: None,
    }
}

pub fn machine_of(row: &table::PlannedRow) -> Machine {
    let base = if row.chip() == "mk1" {
        machine("mk1", 1216, 256 * 1024, 8)
    } else {
        machine("mk2", 1472, 624 * 1024, 16)
    };
    row.machine(&base).expect("known target")
}

pub fn tables() -> Option<PathBuf> {
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

pub fn rows(path: &Path) -> Vec<table::PlannedRow> {
    let mut reader = csv::Reader::from_path(path).expect("table");
    let headers = reader.headers().expect("headers").clone();
    reader
        .records()
        .map(|record| {
            let record = record.expect("record");
            table::parse_row(&Row::new(headers.iter(), record.iter())).expect("row")
        })
        .collect()
}
