//! What the tests of this crate share.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::fs;
use std::path::{Path, PathBuf};

use tilesim_codelets::Count;
use tilesim_codelets::table::{Predicted, Row, predict};
use tilesim_machine::{ConvUnits, Machine};

/// The figures of the Mk2 chip that kernels depend on, as the tables were counted with.
pub(crate) fn mk2() -> Machine {
    Machine {
        name: "mk2".to_owned(),
        description: "As the vendor's tables were counted".to_owned(),
        tiles: 1472,
        workers: 6,
        clock_hz: 1_325_000_000,
        tile_memory_bytes: 624 * 1024,
        memory_element_bytes: 16 * 1024,
        data_path_bytes: 8,
        conv_units: ConvUnits {
            f16_f16: 16,
            f16_f32: 8,
            f32_f32: 16,
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

/// The folder of the vendor's vertex tables, or `None` (said on standard output) where it is not there.
///
/// # Panics
/// If it is not there although the environment variable `CI` says that it must be.
pub(crate) fn vertex_tables() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vendor/vertices");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the reference tables are missing: {}",
        folder.display()
    );
    println!("skipped: no reference tables at {}", folder.display());
    None
}

/// Calls `visit` with every row of the table `name`.
pub(crate) fn each_row(folder: &Path, name: &str, mut visit: impl FnMut(&Row<'_>)) {
    let path = folder.join(format!("{name}_open.csv"));
    let text = fs::read(&path).expect("a readable table");
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let header = reader.headers().expect("a header").clone();
    for record in reader.records() {
        let record = record.expect("a record");
        visit(&Row::new(&header, &record));
    }
}

/// Predicted and given cycles of every row of the table `name`.
pub(crate) fn predictions(folder: &Path, name: &str, count: Count) -> Vec<Predicted> {
    let machine = mk2();
    let mut predictions = Vec::new();
    each_row(folder, name, |row| {
        predictions.push(predict(&machine, row, count).expect("a row of the vendor's tables is legal"));
    });
    predictions
}
