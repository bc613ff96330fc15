//! The keys of a machine file: one row per number, with its unit, meaning and place in [`Machine`].

use std::ops::RangeInclusive;

use crate::Machine;

/// One number of a machine, or of whatever else has numbers by key.
pub struct Key<T = Machine> {
    /// Name in the file and in `machine.KEY=VALUE`.
    pub name: &'static str,
    /// Unit; empty where it has none.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Values allowed: what a machine could be built with, so that products of them stay within what counters hold.
    pub allowed: RangeInclusive<u64>,
    /// Reads it.
    pub get: fn(&T) -> u64,
    /// Writes it; `false` where the field cannot hold the value.
    pub set: fn(&mut T, u64) -> bool,
}

macro_rules! key {
    ($name:literal, $unit:literal, $allowed:expr, $($field:ident).+, $meaning:literal) => {
        Key {
            name: $name,
            unit: $unit,
            meaning: $meaning,
            allowed: $allowed,
            get: |whole| whole.$($field).+.into(),
            set: |whole, value| match value.try_into() {
                Ok(value) => {
                    whole.$($field).+ = value;
                    true
                }
                Err(_) => false,
            },
        }
    };
}

pub(crate) use key;

/// A switch of a machine.
pub struct Flag {
    /// Name in the file and in `machine.KEY=VALUE`.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Writes it.
    pub set: fn(&mut Machine, bool),
}

/// All switches. In a file they stand beside the numbers.
pub const FLAGS: [Flag; 2] = [
    Flag {
        name: "weight_load_128bit",
        meaning: "whether weights are loaded with the 128-bit load",
        set: |machine, on| machine.weight_load_128bit = on,
    },
    Flag {
        name: "exchange_bus_sharing",
        meaning: "whether tiles on one bus that receive the same bytes share both halves of it",
        set: |machine, on| machine.exchange_bus_sharing = on,
    },
];

/// All keys, in the order in which they are explained.
pub const KEYS: &[Key] = &[
    key!("tiles", "", 1..=1_048_576, tiles, "tiles on the chip"),
    key!(
        "workers",
        "",
        1..=256,
        workers,
        "worker contexts of a tile, scheduled in turn"
    ),
    key!("clock_hz", "Hz", 1..=1_000_000_000_000, clock_hz, "tile clock"),
    key!(
        "tile_memory_bytes",
        "B",
        1..=1_099_511_627_776,
        tile_memory_bytes,
        "SRAM of one tile"
    ),
    key!(
        "memory_element_bytes",
        "B",
        1..=1_099_511_627_776,
        memory_element_bytes,
        "one memory element (bank)"
    ),
    key!(
        "data_path_bytes",
        "B",
        4..=1_024,
        data_path_bytes,
        "width of a load or store"
    ),
    key!(
        "conv_units.f16_f16",
        "",
        1..=65_536,
        conv_units.f16_f16,
        "convolution units, half input and partials"
    ),
    key!(
        "conv_units.f16_f32",
        "",
        1..=65_536,
        conv_units.f16_f32,
        "convolution units, half input and float partials"
    ),
    key!(
        "conv_units.f32_f32",
        "",
        1..=65_536,
        conv_units.f32_f32,
        "convolution units, float input and partials"
    ),
    key!(
        "conv_unit_chain_length",
        "",
        1..=65_536,
        conv_unit_chain_length,
        "convolution units chained one behind the other"
    ),
    key!(
        "conv_unit_inputs_per_cycle_f16",
        "",
        1..=65_536,
        conv_unit_inputs_per_cycle_f16,
        "half inputs a unit takes at once"
    ),
    key!(
        "conv_unit_inputs_per_cycle_f32",
        "",
        1..=65_536,
        conv_unit_inputs_per_cycle_f32,
        "float inputs a unit takes at once"
    ),
    key!(
        "weights_per_conv_unit_f16",
        "",
        1..=65_536,
        weights_per_conv_unit_f16,
        "half weights a unit holds: the dot-product length"
    ),
    key!(
        "weights_per_conv_unit_f32",
        "",
        1..=65_536,
        weights_per_conv_unit_f32,
        "float weights a unit holds"
    ),
    key!(
        "weight_load_bytes_per_cycle",
        "B/cycle",
        2..=65_536,
        weight_load_bytes_per_cycle,
        "weights loaded with the 128-bit load"
    ),
    key!(
        "memcpy_bytes_per_cycle",
        "B/cycle",
        1..=65_536,
        memcpy_bytes_per_cycle,
        "contiguous copy on a tile"
    ),
    key!(
        "exchange_bytes_per_cycle",
        "B/cycle",
        1..=65_536,
        exchange_bytes_per_cycle,
        "received by a tile, and independently sent"
    ),
    key!(
        "tiles_per_exchange_bus",
        "",
        1..=2,
        tiles_per_exchange_bus,
        "tiles that share one exchange bus"
    ),
    key!(
        "sync_cycles",
        "cycles",
        0..=1_000_000_000,
        sync_cycles,
        "synchronisation of all tiles, before an exchange"
    ),
    key!(
        "exchange_launch_cycles",
        "cycles",
        0..=1_000_000_000,
        exchange_launch_cycles,
        "until a tile begins its part in an exchange, after the synchronisation"
    ),
    key!(
        "convolution_launch_cycles",
        "cycles",
        0..=1_000_000_000,
        convolution_launch_cycles,
        "until a tile begins a convolution, beyond its kernel"
    ),
    key!(
        "vector_launch_cycles",
        "cycles",
        0..=1_000_000_000,
        vector_launch_cycles,
        "until a tile begins any other kernel, beyond the kernel"
    ),
    key!(
        "exchange_latency_cycles",
        "cycles",
        0..=1_000_000_000,
        exchange_latency_cycles,
        "from the start of an exchange to its first byte"
    ),
    key!(
        "exchange_message_centicycles",
        "cycles/100",
        0..=1_000_000_000,
        exchange_message_centicycles,
        "set-up of each message"
    ),
    key!(
        "exchange_sender_code_bytes",
        "B",
        0..=1_000_000,
        exchange_sender_code_bytes,
        "exchange code that a tile keeps for each tile that it listens to in an exchange"
    ),
    key!(
        "step_code_bytes",
        "B",
        0..=1_000_000,
        step_code_bytes,
        "control code that a tile keeps for each step of a program"
    ),
    key!(
        "kernel_code_bytes",
        "B",
        0..=1_000_000,
        kernel_code_bytes,
        "code of one kernel, which a tile keeps once"
    ),
    key!(
        "copy_piece_centicycles",
        "cycles/100",
        0..=1_000_000_000,
        copy_piece_centicycles,
        "set-up of each piece of an on-tile copy"
    ),
    key!(
        "repeat_count_max",
        "",
        1..=4_294_967_295,
        repeat_count_max,
        "largest count of the repeat instruction"
    ),
    key!(
        "host_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        host_bytes_per_second,
        "to or from the host, each way"
    ),
];

/// The key of a name.
pub(crate) fn find<'a, T>(keys: &'a [Key<T>], name: &str) -> Option<&'a Key<T>> {
    keys.iter().find(|key| key.name == name)
}
