//! The description of one chip, as plain numbers.

use crate::{ElementType, KernelLibrary};

/// Convolution units that a tile can use, by the types of input and partials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvUnits {
    /// Half input, half partials.
    pub f16_f16: u32,
    /// Half input, float partials.
    pub f16_f32: u32,
    /// Float input, float partials.
    pub f32_f32: u32,
}

/// One chip: a grid of tiles, each with SRAM, workers and convolution units, joined by a bulk-synchronous exchange.
///
/// Every field is read from the machine JSON, where it stands with its source. Cycles are tile clock cycles.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// Name, such as `mk2`.
    pub name: String,
    /// One sentence on what it is.
    pub description: String,
    /// Tiles on the chip.
    pub tiles: u32,
    /// Worker contexts of a tile; each issues one instruction bundle every `workers` cycles.
    pub workers: u32,
    /// Clock in hertz.
    pub clock_hz: u64,
    /// SRAM of one tile in bytes.
    pub tile_memory_bytes: u64,
    /// Size of one memory element (bank) in bytes.
    pub memory_element_bytes: u64,
    /// Width of the load/store path in bytes (8: four halves or two floats a vector).
    pub data_path_bytes: u32,
    /// Convolution units usable per type pair.
    pub conv_units: ConvUnits,
    /// Convolution units chained one behind the other (the depth of the pipeline).
    pub conv_unit_chain_length: u32,
    /// Input elements that one unit takes each cycle: half input.
    pub conv_unit_inputs_per_cycle_f16: u32,
    /// Input elements that one unit takes each cycle: float input.
    pub conv_unit_inputs_per_cycle_f32: u32,
    /// Weights that one unit holds: half (= the dot-product length that fills it).
    pub weights_per_conv_unit_f16: u32,
    /// Weights that one unit holds: float.
    pub weights_per_conv_unit_f32: u32,
    /// Bytes of weights loaded into the units per cycle with the 128-bit load.
    pub weight_load_bytes_per_cycle: u32,
    /// Whether weights are loaded with the 128-bit load; without it the rate halves.
    pub weight_load_128bit: bool,
    /// Bytes per cycle of a contiguous on-tile copy.
    pub memcpy_bytes_per_cycle: u32,
    /// Bytes that a tile can receive per cycle, and independently send.
    pub exchange_bytes_per_cycle: u32,
    /// Tiles that share one exchange bus.
    pub tiles_per_exchange_bus: u32,
    /// Whether tiles on one bus that receive the same bytes share both their halves of it.
    pub exchange_bus_sharing: bool,
    /// Cycles of a synchronisation of all tiles of the chip, which precedes every exchange.
    pub sync_cycles: u32,
    /// Cycles that a tile takes to begin its part in an exchange, after all have agreed to it.
    pub exchange_launch_cycles: u32,
    /// Cycles that a tile takes to begin a convolution beyond what its kernel takes.
    pub convolution_launch_cycles: u32,
    /// Cycles that a tile takes to begin any other kernel beyond what the kernel takes.
    pub vector_launch_cycles: u32,
    /// Cycles from the start of an exchange until the first byte arrives.
    pub exchange_latency_cycles: u32,
    /// Cycles of set-up for each message (contiguous run sent or received) beyond its bytes, in 1/100 of a cycle.
    pub exchange_message_centicycles: u32,
    /// Bytes of exchange code that a tile keeps for each other tile that it listens to in an exchange.
    pub exchange_sender_code_bytes: u32,
    /// Bytes of control code that a tile keeps for each step of a program.
    pub step_code_bytes: u32,
    /// Bytes of code of one kernel, which every tile that runs it keeps once.
    pub kernel_code_bytes: u32,
    /// Cycles of set-up for each contiguous piece of an on-tile rearrangement beyond its bytes, in 1/100 of a cycle.
    pub copy_piece_centicycles: u32,
    /// Largest count of the hardware repeat instruction.
    pub repeat_count_max: u32,
    /// Bytes per second from and to the host, each way.
    pub host_bytes_per_second: u64,
    /// Energy of one floating-point operation in picojoules: half with half partials, half with float partials, float.
    pub picojoules_per_flop: Option<FlopEnergy>,
    /// Kernels that the library has for it: those of the newest known release, unless a run names another.
    pub library: KernelLibrary,
}

/// Energy of one floating-point operation, in picojoules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlopEnergy {
    /// Half input, half partials.
    pub f16_f16: f64,
    /// Half input, float partials.
    pub f16_f32: f64,
    /// Float input, float partials.
    pub f32_f32: f64,
}

impl Machine {
    /// Elements of one data-path vector; one where the path is narrower than an element.
    pub const fn vector_width(&self, element_type: ElementType) -> u64 {
        match self.data_path_bytes as u64 / element_type.bytes() {
            0 => 1,
            width => width,
        }
    }

    /// Convolution units for the given types, or `None` where the machine has no such mode.
    pub const fn conv_units_for(&self, input: ElementType, partials: ElementType) -> Option<u32> {
        match (input, partials) {
            (ElementType::F16, ElementType::F16) => Some(self.conv_units.f16_f16),
            (ElementType::F16, ElementType::F32) => Some(self.conv_units.f16_f32),
            (ElementType::F32, ElementType::F32) => Some(self.conv_units.f32_f32),
            _ => None,
        }
    }

    /// Input elements that a convolution unit takes per cycle.
    pub const fn conv_unit_inputs_per_cycle(&self, input: ElementType) -> u32 {
        match input {
            ElementType::F32 => self.conv_unit_inputs_per_cycle_f32,
            ElementType::F16 | ElementType::U8 | ElementType::I32 => self.conv_unit_inputs_per_cycle_f16,
        }
    }

    /// Weights that a convolution unit holds.
    pub const fn weights_per_conv_unit(&self, input: ElementType) -> u32 {
        match input {
            ElementType::F32 => self.weights_per_conv_unit_f32,
            ElementType::F16 | ElementType::U8 | ElementType::I32 => self.weights_per_conv_unit_f16,
        }
    }

    /// Multiply-accumulates per tile and cycle at the peak of the given types.
    pub fn peak_macs_per_cycle(&self, input: ElementType, partials: ElementType) -> Option<u64> {
        // A float product takes two cycles: the peak is half of what the units load (62.4 TFLOP/s published for 1472 tiles).
        let cycles_per_product = if input == ElementType::F32 { 2 } else { 1 };
        self.conv_units_for(input, partials).map(|units| {
            u64::from(units) * u64::from(self.conv_unit_inputs_per_cycle(input)) / cycles_per_product
        })
    }

    /// Bytes of weights loaded into the convolution units per cycle.
    pub const fn effective_weight_load_bytes_per_cycle(&self) -> u32 {
        if self.weight_load_128bit {
            self.weight_load_bytes_per_cycle
        } else {
            self.weight_load_bytes_per_cycle / 2
        }
    }
}
