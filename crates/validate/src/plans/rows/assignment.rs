//! Rows of vendor tables of assignments, `PlannerLayer*`: what the current model charges, term by term.

use smallvec::SmallVec;
use tilesim_graph::Convolution;
use tilesim_planner::{Partition, Plan, PlanCost, PlanOptions, Purpose, Transforms};
use tilesim_terms::ConvolutionPass;

use super::fields::{dimensions, grouping, method, size};
use crate::{
    plans::row::{PlannedRow, TableFamily},
    row::{Row, RowError},
};

pub(super) fn parse(row: &Row) -> Result<PlannedRow, RowError> {
    let (convolution, purpose) = convolution(row)?;
    let transforms = Transforms {
        dilate_post_conv: dimensions(row, "dilate_post_conv")?,
        swap_operands: row.flag("swap_operands")?,
        expand_dims: dimensions(row, "expand_dims")?,
        out_channel_flatten_dims: dimensions(row, "out_chan_flatten_dims")?,
        flatten_dims: dimensions(row, "flatten_dims")?,
        combine_conv_groups: row.positive("combine_conv_groups")?,
    };
    let partition = Partition {
        batch: row.positive("batch_split")?,
        field: SmallVec::from_slice(&[row.positive("field_split_y")?, row.positive("field_split_x")?]),
        field_grain: SmallVec::from_slice(&[1, row.positive("field_grain_x")?]),
        conv_group: row.positive("conv_group_split")?,
        in_channel_parallel: row.positive("in_chan_split_parallel")?,
        in_channel_serial: row.positive("in_chan_split_serial")?,
        out_channel_parallel: row.positive("out_chan_split_parallel")?,
        out_channel_serial: row.positive("out_chan_split_serial")?,
        kernel: SmallVec::from_slice(&[row.positive("kernel_split_y")?, 1]),
        broadcast_input_before_loop: row.flag("broadcast_input_before_loop")?,
    };
    let grouping = grouping(
        row,
        [
            "conv_groups_per_group",
            "in_chans_per_group",
            "out_chans_per_group",
        ],
    )?;
    Ok(PlannedRow {
        convolution,
        options: PlanOptions {
            partials_type: row.element_type("partials_type")?,
            purpose,
            ..PlanOptions::default()
        },
        given: given(row, partition.serial())?,
        plan: Plan {
            method: method(row, "amp_conv_units", "slic_chains")?,
            grouping,
            vertex_partials: row.element_type("vertex_partials")?,
            transforms,
            partition,
            joint: None,
        },
        given_cycles: row.u64("cycles_total")?,
        given_temporary_bytes: row.u64("temp_bytes")?,
        given_seconds: None,
        family: TableFamily::Assignments,
        target: "mk2".to_owned(),
        joint: None,
    })
}

fn given(row: &Row, serial_splits: u64) -> Result<PlanCost, RowError> {
    Ok(PlanCost {
        compute: row.u64("cycles_compute")?,
        exchange_input: row.u64("cycles_exchange_input")?,
        exchange_weights: row.u64("cycles_exchange_weights")?,
        exchange_reduce_first: row.u64("cycles_exchange_reduce_first")?,
        exchange_reduce_rest: row.u64("cycles_exchange_reduce_rest")?,
        reduce: row.u64("cycles_reduce")?,
        transform_copy: row.u64("cycles_transform_copy")?,
        transform_exchange: row.u64("cycles_transform_exchange")?,
        tile_transform: row.u64("cycles_tile_transform")?,
        inputs_cast: row.u64("cycles_inputs_cast")?,
        dynamic_slice: row.u64("cycles_dynamic_slice")?,
        dynamic_update: row.u64("cycles_dynamic_update")?,
        add_in_place: row.u64("cycles_add_in_place")?,
        output_cast: row.u64("cycles_output_cast")?,
        rearrange_before_slice: row.u64("cycles_rearrange_before_slice")?,
        broadcast_input_copy: row.u64("cycles_bcast_in_copy")?,
        broadcast_input_exchange: row.u64("cycles_bcast_in_exchange")?,
        serial_splits,
        transform_bytes: row.u64("temp_transform")?,
        tile_transform_bytes: row.u64("temp_tile_transform")?,
        convolution_bytes: row.u64("temp_conv")?,
        partials_bytes: 0,
        diagonal_bytes: 0,
        accumulator_bytes: 0,
        reduce_bytes: row.u64("temp_reduce")?,
        sums_bytes: 0,
        add_in_place_bytes: row.u64("temp_add_in_place")?,
        broadcast_input_bytes: 0,
        rearranged_weight_bytes: 0,
        tiles_used: row.u64("tiles_used")?,
    })
}

/// The convolution of a row: a layer named `…dw_…` is grouped, `…pw_AtoBhS` leads from A to B channels. Padding is TensorFlow's
/// "SAME".
fn convolution(row: &Row) -> Result<(Convolution, Purpose), RowError> {
    let layer = row.text("layer")?;
    let group_size = size(row, "group_size")?;
    let out_channels = match layer.split_once("to").filter(|_| layer.contains("pw_")) {
        Some((_, rest)) => rest
            .split('h')
            .next()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| row.unexpected("layer", "a name such as B0pw_16to96h112"))?,
        None => group_size,
    };
    let kernel = size(row, "kernel")?;
    let groups = size(row, "channels")? / group_size;
    let mut forward = Convolution::new(
        size(row, "batch")?,
        group_size,
        out_channels,
        &[size(row, "in_h")?, size(row, "in_w")?],
        &[kernel; 2],
    );
    forward.conv_groups = groups;
    let forward = forward.strided(size(row, "stride")?).same_padded();
    match row.text("pass")? {
        "fwd" => Ok((forward, Purpose::training(ConvolutionPass::Forward))),
        "bwd" => Ok((
            forward.input_gradient(),
            Purpose::training(ConvolutionPass::InputGradient),
        )),
        "wu" => Ok((
            forward.weight_gradient(),
            Purpose::training(ConvolutionPass::WeightGradient),
        )),
        _ => Err(row.unexpected("pass", "fwd, bwd or wu")),
    }
}
