//! Rows of vendor tables of plans, `*_planned`: the planner as SDK 2.0 shipped it.

use smallvec::SmallVec;
use tilesim_graph::Convolution;
use tilesim_planner::{Partition, Plan, PlanCost, PlanOptions, Purpose, Transforms, implied};
use tilesim_terms::ConvolutionPass;

use super::fields::{dimensions, grouping, method, numbers, signed, size};
use crate::{
    plans::row::{JointLayer, PlannedRow, TableFamily},
    row::{Row, RowError},
};

pub(super) fn parse(row: &Row) -> Result<PlannedRow, RowError> {
    let (forward, purpose) = convolution(row)?;
    let transforms = Transforms {
        dilate_post_conv: dimensions(row, "dilate_post_conv")?,
        swap_operands: row.flag("swap_operands")?,
        expand_dims: dimensions(row, "expand_dims")?,
        out_channel_flatten_dims: dimensions(row, "outchan_flatten")?,
        flatten_dims: dimensions(row, "flatten_dims")?,
        combine_conv_groups: row.positive("combine_groups")?,
    };
    let partition = Partition {
        batch: row.positive("split_batch")?,
        field: SmallVec::from_slice(&[row.positive("split_field_h")?, row.positive("split_field_w")?]),
        field_grain: SmallVec::from_vec(numbers(row, "grain_field")?),
        conv_group: row.positive("split_group")?,
        in_channel_parallel: row.positive("split_inchan_par")?,
        in_channel_serial: row.positive("split_inchan_ser")?,
        out_channel_parallel: row.positive("split_outchan_par")?,
        out_channel_serial: row.positive("split_outchan_ser")?,
        kernel: SmallVec::from_slice(&[row.positive("split_kernel_h")?, row.positive("split_kernel_w")?]),
        broadcast_input_before_loop: false,
    };
    // A weight load of 128 bits shows as the load rate of the target.
    let mut target = row.text("target")?.to_owned();
    if row
        .get("options")
        .is_some_and(|options| options.contains("use128BitConvUnitLoad=true"))
    {
        target.push_str(":coeff=32");
    }
    let partials_type = row.element_type("ipu_partial_type")?;
    let stated = Plan {
        method: method(row, "conv_units_or_chains", "conv_units_or_chains")?,
        grouping: grouping(
            row,
            ["groups_per_group", "inchans_per_group", "partialchans_per_group"],
        )?,
        vertex_partials: row.element_type("vertex_partial_type")?,
        transforms,
        partition,
        joint: None,
    };
    let joint = row.flag("joint")?.then(|| JointLayer {
        plans: implied(&stated, forward.batch, partials_type),
        forward: forward.clone(),
    });
    let plan = match (
        &joint,
        ConvolutionPass::ALL
            .into_iter()
            .find(|joint| Purpose::of_joint_plan(*joint) == purpose),
    ) {
        (Some(layer), Some(joint)) => layer.plans[joint as usize].clone(),
        _ => stated,
    };
    Ok(PlannedRow {
        convolution: forward.of_pass(purpose.pass),
        options: PlanOptions {
            available_memory_proportion: row
                .text("mem_prop")?
                .parse()
                .map_err(|_| row.unexpected("mem_prop", "a number"))?,
            partials_type,
            purpose,
            ..PlanOptions::default()
        },
        plan,
        given: given(row)?,
        given_cycles: row.u64("cyc_total")?,
        given_temporary_bytes: row.u64("bytes_temp_total")?,
        given_seconds: Some(
            row.text("planner_cpu_s")?
                .parse()
                .map_err(|_| row.unexpected("planner_cpu_s", "seconds"))?,
        ),
        family: TableFamily::Planned,
        target,
        joint,
    })
}

fn given(row: &Row) -> Result<PlanCost, RowError> {
    Ok(PlanCost {
        compute: row.u64("cyc_partial_calc")?,
        exchange_input: row.u64("cyc_exch_input")?,
        exchange_weights: row.u64("cyc_exch_weight")?,
        exchange_reduce_first: row.u64("cyc_exch_reduce_first")?,
        exchange_reduce_rest: row.u64("cyc_exch_reduce_rest")?,
        reduce: row.u64("cyc_reduce")?,
        transform_copy: row.u64("cyc_transform_copy")?,
        transform_exchange: row.u64("cyc_transform_exchange")?,
        tile_transform: row.u64("cyc_tile_transform")?,
        dynamic_slice: row.u64("cyc_dynamic_slice")?,
        dynamic_update: row.u64("cyc_dynamic_update")?,
        add_in_place: row.u64("cyc_add_in_place")?,
        // That version also cleared the accumulator, once.
        output_cast: row.u64("cyc_cast")? + row.u64("cyc_memset_zero")?,
        rearrange_before_slice: row.u64("cyc_rearrange_before_slice")?,
        serial_splits: row.u64("serial_split")?,
        transform_bytes: row.u64("bytes_transform")?,
        tile_transform_bytes: row.u64("bytes_tile_transform")?,
        convolution_bytes: row.u64("bytes_conv")?,
        reduce_bytes: row.u64("bytes_reduce")?,
        add_in_place_bytes: row.u64("bytes_add_in_place")?,
        tiles_used: row.u64("tiles_used")?,
        ..PlanCost::default()
    })
}

/// The forward pass of the row's layer, and what is planned.
fn convolution(row: &Row) -> Result<(Convolution, Purpose), RowError> {
    let sizes = |[h, w]: [&str; 2]| Ok::<_, RowError>([size(row, h)?, size(row, w)?]);
    let mut forward = Convolution::new(
        size(row, "batch")?,
        size(row, "in_chans_pg")?,
        size(row, "out_chans_pg")?,
        &sizes(["in_h", "in_w"])?,
        &sizes(["k_h", "k_w"])?,
    );
    forward.conv_groups = size(row, "groups")?;
    forward.stride = sizes(["stride_h", "stride_w"])?.into_iter().collect();
    for (d, name) in ["h", "w"].into_iter().enumerate() {
        forward.padding_lower[d] = signed(row, &format!("pad_l_{name}"))?;
        forward.padding_upper[d] = signed(row, &format!("pad_u_{name}"))?;
    }
    let purpose = match row.text("pass")? {
        "INFERENCE_FWD" => Purpose::INFERENCE,
        "TRAINING_FWD" => Purpose::training(ConvolutionPass::Forward),
        "TRAINING_BWD" => Purpose::training(ConvolutionPass::InputGradient),
        "TRAINING_WU" => Purpose::training(ConvolutionPass::WeightGradient),
        "FC_INFERENCE_FWD" => Purpose::INFERENCE.of_fully_connected(),
        "FC_TRAINING_FWD" => Purpose::of_joint_plan(ConvolutionPass::Forward),
        "FC_TRAINING_BWD" => Purpose::of_joint_plan(ConvolutionPass::InputGradient),
        "FC_TRAINING_WU" => Purpose::of_joint_plan(ConvolutionPass::WeightGradient),
        _ => return Err(row.unexpected("pass", "one of the planner's passes")),
    };
    Ok((forward, purpose))
}
