//! Machines to test with. Whatever a test wants otherwise, it says by field: `Machine { tiles: 16, ..mk2() }`.

use tilesim_machine::{ConvUnits, KernelLibrary, Machine, load};

/// The bundled Mk2, with all that it charges for.
///
/// # Panics
/// If there is no such machine.
pub fn mk2() -> Machine {
    load("mk2").expect("a bundled machine").machine
}

/// The Mk2 as the vendor's tables were counted with: its kernels and the bytes that it exchanges, but neither latency nor code.
pub fn table_mk2() -> Machine {
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
        exchange_launch_cycles: 0,
        convolution_launch_cycles: 0,
        vector_launch_cycles: 0,
        exchange_latency_cycles: 0,
        exchange_message_centicycles: 0,
        exchange_sender_code_bytes: 0,
        step_code_bytes: 0,
        kernel_code_bytes: 0,
        copy_piece_centicycles: 0,
        repeat_count_max: 4095,
        host_bytes_per_second: 1,
        picojoules_per_flop: None,
        library: KernelLibrary::default(),
    }
}

/// The Mk1 as the vendor's tables were counted with: fewer tiles, with less memory and half the units.
pub fn table_mk1() -> Machine {
    Machine {
        name: "mk1".to_owned(),
        tiles: 1216,
        tile_memory_bytes: 256 * 1024,
        conv_units: ConvUnits {
            f16_f16: 8,
            f16_f32: 8,
            f32_f32: 8,
        },
        ..table_mk2()
    }
}
