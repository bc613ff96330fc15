//! The terms of a cost by name, in the order in which the vendor's tables have them.

use crate::plan_cost::PlanCost;

/// How many terms there are.
const TERMS: usize = 23;

impl PlanCost {
    /// Every term with its name: cycles of one iteration first, then those spent once, then bytes, then tiles.
    pub const fn terms(&self) -> [(&'static str, u64); TERMS] {
        [
            ("compute", self.compute),
            ("exchange_input", self.exchange_input),
            ("exchange_weights", self.exchange_weights),
            ("exchange_reduce_first", self.exchange_reduce_first),
            ("exchange_reduce_rest", self.exchange_reduce_rest),
            ("reduce", self.reduce),
            ("transform_copy", self.transform_copy),
            ("transform_exchange", self.transform_exchange),
            ("tile_transform", self.tile_transform),
            ("inputs_cast", self.inputs_cast),
            ("dynamic_slice", self.dynamic_slice),
            ("dynamic_update", self.dynamic_update),
            ("add_in_place", self.add_in_place),
            ("output_cast", self.output_cast),
            ("rearrange_before_slice", self.rearrange_before_slice),
            ("broadcast_input_copy", self.broadcast_input_copy),
            ("broadcast_input_exchange", self.broadcast_input_exchange),
            ("transform_bytes", self.transform_bytes),
            ("tile_transform_bytes", self.tile_transform_bytes),
            ("convolution_bytes", self.convolution_bytes),
            ("reduce_bytes", self.reduce_bytes),
            ("add_in_place_bytes", self.add_in_place_bytes),
            ("tiles_used", self.tiles_used),
        ]
    }
}
