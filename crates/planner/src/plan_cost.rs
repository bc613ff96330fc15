//! Every term of a plan's cost, and what they come to.

/// Every term of a plan's cost. Cycles and bytes are those of the most loaded tile; the cycles up to `add_in_place` are of one
/// iteration of the serial loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PlanCost {
    /// Partial convolution.
    pub compute: u64,
    /// Exchange of inputs (0 where they are broadcast before the loop).
    pub exchange_input: u64,
    /// Exchange of weights.
    pub exchange_weights: u64,
    /// Exchange of partial sums for the first stage of the reduction.
    pub exchange_reduce_first: u64,
    /// Exchange of partial sums for the later stages.
    pub exchange_reduce_rest: u64,
    /// Reduction of partial sums, or the cast where there is nothing to reduce.
    pub reduce: u64,
    /// On-tile copies that rearrange whole operands.
    pub transform_copy: u64,
    /// Exchange that rearranges whole operands.
    pub transform_exchange: u64,
    /// Zeros that the kernel needs in its inputs and weights.
    pub tile_transform: u64,
    /// Cast of inputs to the kernel's type.
    pub inputs_cast: u64,
    /// Slicing of operands, with serial splits.
    pub dynamic_slice: u64,
    /// Writing of output slices, with serial output-channel splits.
    pub dynamic_update: u64,
    /// Accumulation over the loop, with serial input-channel splits.
    pub add_in_place: u64,
    /// Cast of the accumulated output, once.
    pub output_cast: u64,
    /// Rearrangement of weights before they are sliced, once.
    pub rearrange_before_slice: u64,
    /// On-tile copies of inputs that are broadcast before the loop, once.
    pub broadcast_input_copy: u64,
    /// Exchange of inputs that are broadcast before the loop, once.
    pub broadcast_input_exchange: u64,
    /// Iterations of the serial loop.
    pub serial_splits: u64,
    /// Temporary bytes of rearranged operands.
    pub transform_bytes: u64,
    /// Temporary bytes of padding zeros.
    pub tile_transform_bytes: u64,
    /// Temporary bytes of the kernel's inputs, weights and partials.
    pub convolution_bytes: u64,
    /// Those of the partials among them, with SLIC's second output buffer.
    pub partials_bytes: u64,
    /// Temporary bytes of weights before zeros are put between those of combined groups. The vendor's estimate leaves them out.
    pub diagonal_bytes: u64,
    /// Temporary bytes of accumulators that the workers have for themselves. The vendor's estimate leaves them out.
    pub accumulator_bytes: u64,
    /// Temporary bytes of a reduction of several stages.
    pub reduce_bytes: u64,
    /// Temporary bytes of partial sums and of what they add up to. The vendor's estimate counts them in no phase.
    pub sums_bytes: u64,
    /// Temporary bytes of the accumulator.
    pub add_in_place_bytes: u64,
    /// Bytes of inputs broadcast before the loop.
    pub broadcast_input_bytes: u64,
    /// Bytes of weights that are rearranged before they are sliced.
    pub rearranged_weight_bytes: u64,
    /// Tiles that the plan uses.
    pub tiles_used: u64,
}

impl PlanCost {
    /// All exchange of one iteration, without rearrangement.
    pub const fn exchange(&self) -> u64 {
        self.exchange_input + self.exchange_weights + self.exchange_reduce_first + self.exchange_reduce_rest
    }

    /// Cycles of one iteration of the serial loop.
    pub const fn iteration_cycles(&self) -> u64 {
        self.dynamic_slice
            + self.transform_copy
            + self.transform_exchange
            + self.exchange()
            + self.tile_transform
            + self.inputs_cast
            + self.compute
            + self.reduce
            + self.dynamic_update
            + self.add_in_place
    }

    /// Cycles of the whole convolution.
    pub const fn cycles(&self) -> u64 {
        self.serial_splits * self.iteration_cycles()
            + self.broadcast_input_copy
            + self.broadcast_input_exchange
            + self.rearrange_before_slice
            + self.output_cast
    }

    /// Bytes of temporary memory on the most loaded tile: what `available_memory_proportion` bounds.
    pub fn temporary_bytes(&self) -> u64 {
        let phases = [
            self.transform_bytes,
            self.tile_transform_bytes + self.convolution_bytes + self.accumulator_bytes,
            self.tile_transform_bytes + self.convolution_bytes - self.partials_bytes + self.diagonal_bytes,
            self.reduce_bytes.max(self.sums_bytes),
            // While they are rearranged, they are there twice.
            self.rearranged_weight_bytes,
        ];
        let largest = phases.into_iter().max().unwrap_or(0);
        self.broadcast_input_bytes + self.rearranged_weight_bytes + largest + self.add_in_place_bytes
    }
}
