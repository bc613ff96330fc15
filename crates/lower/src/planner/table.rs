//! The vendor's planned convolutions: rows of its two families of tables as convolution, options, plan and given cost.
//!
//! `PlannerLayer*` tables hold assignments of the current cost model, `*_planned` tables what the planner of SDK 2.0 chose.

use smallvec::SmallVec;
use tilesim_graph::{Convolution, Spatial};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ChannelGrouping;

use super::cost::PlanCost;
use super::options::{Pass, PlanOptions};
use super::plan::{Method, Partition, Plan, Transforms};

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRow {
    /// The convolution of the row's pass.
    pub convolution: Convolution,
    /// Options it was planned with.
    pub options: PlanOptions,
    /// The plan.
    pub plan: Plan,
    /// The terms of its cost as the table gives them.
    pub given: PlanCost,
    /// Total cycles as the table gives them.
    pub given_cycles: u64,
    /// Temporary bytes as the table gives them.
    pub given_temporary_bytes: u64,
    /// Chip and changes to its constants, such as `mk2:exch=8`.
    pub target: String,
}

impl PlannedRow {
    /// `base` with the constants that the row's target changes.
    ///
    /// # Errors
    /// When the target changes a constant that is not known.
    pub fn machine(&self, base: &Machine) -> Result<Machine, RowError> {
        let mut machine = base.clone();
        for change in self.target.split(':').skip(1) {
            let invalid = || RowError::Invalid {
                column: "target".to_owned(),
                value: self.target.clone(),
                expected: "a chip and changes such as exch=8".to_owned(),
            };
            let (key, value) = change.split_once('=').ok_or_else(invalid)?;
            let value: u32 = value.parse().map_err(|_| invalid())?;
            match key {
                "exch" => machine.exchange_bytes_per_cycle = value,
                "f16f32" => machine.conv_units.f16_f32 = value,
                "coeff" => machine.weight_load_bytes_per_cycle = value,
                "bus" => machine.exchange_bus_sharing = value != 0,
                "memcpy" => machine.memcpy_bytes_per_cycle = value,
                _ => return Err(invalid()),
            }
        }
        Ok(machine)
    }
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A column is missing.
    #[error("column {0} is missing")]
    Missing(String),
    /// A column holds something else.
    #[error("column {column} holds {value:?}, expected {expected}")]
    Invalid {
        /// Column.
        column: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: String,
    },
}

/// Reads the fields of one row by column name.
struct Fields<'a>(&'a dyn Fn(&str) -> Option<&'a str>);

impl<'a> Fields<'a> {
    fn text(&self, column: &str) -> Result<&'a str, RowError> {
        (self.0)(column).ok_or_else(|| RowError::Missing(column.to_owned()))
    }

    fn parse<T: std::str::FromStr>(&self, column: &str, expected: &str) -> Result<T, RowError> {
        let value = self.text(column)?;
        value.parse().map_err(|_| invalid(column, value, expected))
    }

    fn integer(&self, column: &str) -> Result<u64, RowError> {
        self.parse(column, "an integer")
    }

    fn flag(&self, column: &str) -> Result<bool, RowError> {
        Ok(self.integer(column)? != 0)
    }

    fn element_type(&self, column: &str) -> Result<ElementType, RowError> {
        match self.text(column)? {
            "half" => Ok(ElementType::F16),
            "float" => Ok(ElementType::F32),
            value => Err(invalid(column, value, "half or float")),
        }
    }

    /// Dimensions such as `[1 0]` or `1x0`.
    fn dimensions<const N: usize>(&self, column: &str) -> Result<SmallVec<[usize; N]>, RowError>
    where
        [usize; N]: smallvec::Array<Item = usize>,
    {
        let value = self.text(column)?;
        value
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse()
                    .map_err(|_| invalid(column, value, "dimensions such as 1x0"))
            })
            .collect()
    }
}

fn invalid(column: &str, value: &str, expected: &str) -> RowError {
    RowError::Invalid {
        column: column.to_owned(),
        value: value.to_owned(),
        expected: expected.to_owned(),
    }
}

/// Reads one row of either family; `field` returns the value of a column.
///
/// # Errors
/// When a column is missing or holds something unexpected.
pub fn parse_row<'a>(field: &'a dyn Fn(&str) -> Option<&'a str>) -> Result<PlannedRow, RowError> {
    let fields = Fields(field);
    if field("cyc_total").is_some() {
        planned_row(&fields)
    } else {
        planner_layer_row(&fields)
    }
}

fn planner_layer_row(fields: &Fields) -> Result<PlannedRow, RowError> {
    let (convolution, pass) = planner_layer_convolution(fields)?;
    let transforms = Transforms {
        dilate_post_conv: fields.dimensions("dilate_post_conv")?,
        swap_operands: fields.flag("swap_operands")?,
        expand_dims: fields.dimensions("expand_dims")?,
        out_channel_flatten_dims: fields.dimensions("out_chan_flatten_dims")?,
        flatten_dims: fields.dimensions("flatten_dims")?,
        combine_conv_groups: fields.integer("combine_conv_groups")?,
    };
    let partition = Partition {
        batch: fields.integer("batch_split")?,
        field: SmallVec::from_slice(&[fields.integer("field_split_y")?, fields.integer("field_split_x")?]),
        field_grain: SmallVec::from_slice(&[1, fields.integer("field_grain_x")?]),
        conv_group: fields.integer("conv_group_split")?,
        in_channel_parallel: fields.integer("in_chan_split_parallel")?,
        in_channel_serial: fields.integer("in_chan_split_serial")?,
        out_channel_parallel: fields.integer("out_chan_split_parallel")?,
        out_channel_serial: fields.integer("out_chan_split_serial")?,
        kernel: SmallVec::from_slice(&[fields.integer("kernel_split_y")?, 1]),
        broadcast_input_before_loop: fields.flag("broadcast_input_before_loop")?,
    };
    let given = PlanCost {
        compute: fields.integer("cycles_compute")?,
        exchange_input: fields.integer("cycles_exchange_input")?,
        exchange_weights: fields.integer("cycles_exchange_weights")?,
        exchange_reduce_first: fields.integer("cycles_exchange_reduce_first")?,
        exchange_reduce_rest: fields.integer("cycles_exchange_reduce_rest")?,
        reduce: fields.integer("cycles_reduce")?,
        transform_copy: fields.integer("cycles_transform_copy")?,
        transform_exchange: fields.integer("cycles_transform_exchange")?,
        tile_transform: fields.integer("cycles_tile_transform")?,
        inputs_cast: fields.integer("cycles_inputs_cast")?,
        dynamic_slice: fields.integer("cycles_dynamic_slice")?,
        dynamic_update: fields.integer("cycles_dynamic_update")?,
        add_in_place: fields.integer("cycles_add_in_place")?,
        output_cast: fields.integer("cycles_output_cast")?,
        rearrange_before_slice: fields.integer("cycles_rearrange_before_slice")?,
        broadcast_input_copy: fields.integer("cycles_bcast_in_copy")?,
        broadcast_input_exchange: fields.integer("cycles_bcast_in_exchange")?,
        serial_splits: partition.serial(),
        transform_bytes: fields.integer("temp_transform")?,
        tile_transform_bytes: fields.integer("temp_tile_transform")?,
        convolution_bytes: fields.integer("temp_conv")?,
        reduce_bytes: fields.integer("temp_reduce")?,
        add_in_place_bytes: fields.integer("temp_add_in_place")?,
        broadcast_input_bytes: 0,
        tiles_used: fields.integer("tiles_used")?,
    };
    Ok(PlannedRow {
        convolution,
        options: PlanOptions {
            partials_type: fields.element_type("partials_type")?,
            pass,
            ..PlanOptions::default()
        },
        plan: Plan {
            method: method(
                fields.text("method")?,
                fields.parse("amp_conv_units", "conv units")?,
                fields.parse("slic_chains", "chains")?,
            )?,
            grouping: grouping(
                fields,
                "conv_groups_per_group",
                "in_chans_per_group",
                "out_chans_per_group",
            )?,
            vertex_partials: fields.element_type("vertex_partials")?,
            transforms,
            partition,
        },
        given,
        given_cycles: fields.integer("cycles_total")?,
        given_temporary_bytes: fields.integer("temp_bytes")?,
        target: "mk2".to_owned(),
    })
}

/// The convolution of a `PlannerLayer*` row: a layer named `…dw_…` is grouped, `…pw_AtoBhS` leads from A to B channels.
fn planner_layer_convolution(fields: &Fields) -> Result<(Convolution, Pass), RowError> {
    let layer = fields.text("layer")?;
    let group_size = fields.integer("group_size")?;
    let channels = fields.integer("channels")?;
    let out_channels = match layer.split_once("to").filter(|_| layer.contains("pw_")) {
        Some((_, rest)) => rest
            .split('h')
            .next()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| invalid("layer", layer, "a name such as B0pw_16to96h112"))?,
        None => group_size,
    };
    if group_size == 0 {
        return Err(invalid("group_size", "0", "a positive integer"));
    }
    let kernel = fields.integer("kernel")?;
    let stride = fields.integer("stride")?;
    let mut forward = Forward {
        batch: fields.integer("batch")?,
        conv_groups: channels / group_size,
        in_channels: group_size,
        out_channels,
        dimensions: Vec::new(),
    };
    for column in ["in_h", "in_w"] {
        let input = fields.integer(column)?;
        let output = input.div_ceil(stride.max(1));
        let total = ((output.saturating_sub(1) * stride + kernel) as i64 - input as i64).max(0);
        forward.dimensions.push(ForwardDimension {
            input,
            kernel,
            stride,
            lower: total / 2,
            upper: total - total / 2,
        });
    }
    let (convolution, pass) = match fields.text("pass")? {
        "fwd" => (forward.convolution(), Pass::TrainingForward),
        "bwd" => (forward.input_gradient(), Pass::TrainingBackward),
        "wu" => (forward.weight_gradient(), Pass::TrainingWeightUpdate),
        value => return Err(invalid("pass", value, "fwd, bwd or wu")),
    };
    Ok((convolution, pass))
}

fn planned_row(fields: &Fields) -> Result<PlannedRow, RowError> {
    let mut forward = Forward {
        batch: fields.integer("batch")?,
        conv_groups: fields.integer("groups")?,
        in_channels: fields.integer("in_chans_pg")?,
        out_channels: fields.integer("out_chans_pg")?,
        dimensions: Vec::new(),
    };
    for d in ["h", "w"] {
        forward.dimensions.push(ForwardDimension {
            input: fields.integer(&format!("in_{d}"))?,
            kernel: fields.integer(&format!("k_{d}"))?,
            stride: fields.integer(&format!("stride_{d}"))?,
            lower: fields.parse(&format!("pad_l_{d}"), "an integer")?,
            upper: fields.parse(&format!("pad_u_{d}"), "an integer")?,
        });
    }
    let (convolution, pass) = match fields.text("pass")? {
        "INFERENCE_FWD" => (forward.convolution(), Pass::InferenceForward),
        "TRAINING_FWD" => (forward.convolution(), Pass::TrainingForward),
        "TRAINING_BWD" => (forward.input_gradient(), Pass::TrainingBackward),
        "TRAINING_WU" => (forward.weight_gradient(), Pass::TrainingWeightUpdate),
        "FC_INFERENCE_FWD" => (forward.convolution(), Pass::FullyConnectedInferenceForward),
        "FC_TRAINING_FWD" => (forward.convolution(), Pass::FullyConnectedTrainingForward),
        "FC_TRAINING_BWD" => (forward.input_gradient(), Pass::FullyConnectedTrainingBackward),
        "FC_TRAINING_WU" => (
            forward.weight_gradient(),
            Pass::FullyConnectedTrainingWeightUpdate,
        ),
        value => return Err(invalid("pass", value, "one of the planner's passes")),
    };
    let transforms = Transforms {
        dilate_post_conv: fields.dimensions("dilate_post_conv")?,
        swap_operands: fields.flag("swap_operands")?,
        expand_dims: fields.dimensions("expand_dims")?,
        out_channel_flatten_dims: fields.dimensions("outchan_flatten")?,
        flatten_dims: fields.dimensions("flatten_dims")?,
        combine_conv_groups: fields.integer("combine_groups")?,
    };
    let field_grain: Spatial<u64> = fields
        .dimensions::<3>("grain_field")?
        .iter()
        .map(|&grain| grain as u64)
        .collect();
    let partition = Partition {
        batch: fields.integer("split_batch")?,
        field: SmallVec::from_slice(&[fields.integer("split_field_h")?, fields.integer("split_field_w")?]),
        field_grain,
        conv_group: fields.integer("split_group")?,
        in_channel_parallel: fields.integer("split_inchan_par")?,
        in_channel_serial: fields.integer("split_inchan_ser")?,
        out_channel_parallel: fields.integer("split_outchan_par")?,
        out_channel_serial: fields.integer("split_outchan_ser")?,
        kernel: SmallVec::from_slice(&[
            fields.integer("split_kernel_h")?,
            fields.integer("split_kernel_w")?,
        ]),
        broadcast_input_before_loop: false,
    };
    let units: u32 = fields.parse("conv_units_or_chains", "conv units or chains")?;
    let given = PlanCost {
        compute: fields.integer("cyc_partial_calc")?,
        exchange_input: fields.integer("cyc_exch_input")?,
        exchange_weights: fields.integer("cyc_exch_weight")?,
        exchange_reduce_first: fields.integer("cyc_exch_reduce_first")?,
        exchange_reduce_rest: fields.integer("cyc_exch_reduce_rest")?,
        reduce: fields.integer("cyc_reduce")?,
        transform_copy: fields.integer("cyc_transform_copy")?,
        transform_exchange: fields.integer("cyc_transform_exchange")?,
        tile_transform: fields.integer("cyc_tile_transform")?,
        dynamic_slice: fields.integer("cyc_dynamic_slice")?,
        dynamic_update: fields.integer("cyc_dynamic_update")?,
        add_in_place: fields.integer("cyc_add_in_place")?,
        // The vendor's earlier version cleared the accumulator before the loop.
        output_cast: fields.integer("cyc_cast")? + fields.integer("cyc_memset_zero")?,
        rearrange_before_slice: fields.integer("cyc_rearrange_before_slice")?,
        serial_splits: fields.integer("serial_split")?,
        transform_bytes: fields.integer("bytes_transform")?,
        tile_transform_bytes: fields.integer("bytes_tile_transform")?,
        convolution_bytes: fields.integer("bytes_conv")?,
        reduce_bytes: fields.integer("bytes_reduce")?,
        add_in_place_bytes: fields.integer("bytes_add_in_place")?,
        tiles_used: fields.integer("tiles_used")?,
        ..PlanCost::default()
    };
    let mut target = fields.text("target")?.to_owned();
    if fields.text("options")?.contains("use128BitConvUnitLoad=true") && !target.contains("coeff") {
        target.push_str(":coeff=32");
    }
    Ok(PlannedRow {
        convolution,
        options: PlanOptions {
            available_memory_proportion: fields.parse("mem_prop", "a number")?,
            partials_type: fields.element_type("ipu_partial_type")?,
            pass,
            ..PlanOptions::default()
        },
        plan: Plan {
            method: method(fields.text("method")?, units, units)?,
            grouping: grouping(
                fields,
                "groups_per_group",
                "inchans_per_group",
                "partialchans_per_group",
            )?,
            vertex_partials: fields.element_type("vertex_partial_type")?,
            transforms,
            partition,
        },
        given,
        given_cycles: fields.integer("cyc_total")?,
        given_temporary_bytes: fields.integer("bytes_temp_total")?,
        target,
    })
}

fn method(name: &str, conv_units: u32, conv_chains: u32) -> Result<Method, RowError> {
    match name {
        "AMP" => Ok(Method::Amp { conv_units }),
        "SLIC" => Ok(Method::Slic { conv_chains }),
        "VMAC" => Ok(Method::VerticalMac),
        "HMAC" => Ok(Method::HorizontalMac),
        "OUTER_PRODUCT" => Ok(Method::OuterProduct),
        _ => Err(invalid("method", name, "AMP, SLIC, VMAC, HMAC or OUTER_PRODUCT")),
    }
}

fn grouping(fields: &Fields, groups: &str, inputs: &str, outputs: &str) -> Result<ChannelGrouping, RowError> {
    Ok(ChannelGrouping {
        conv_groups: fields.integer(groups)?,
        in_channels: fields.integer(inputs)?,
        out_channels: fields.integer(outputs)?,
    })
}

/// The forward layer that a row describes.
struct Forward {
    batch: u64,
    conv_groups: u64,
    in_channels: u64,
    out_channels: u64,
    dimensions: Vec<ForwardDimension>,
}

#[derive(Clone, Copy)]
struct ForwardDimension {
    input: u64,
    kernel: u64,
    stride: u64,
    lower: i64,
    upper: i64,
}

impl ForwardDimension {
    fn output(&self) -> u64 {
        let span = self.input as i64 + self.lower + self.upper - self.kernel as i64;
        if span < 0 {
            0
        } else {
            span as u64 / self.stride.max(1) + 1
        }
    }
}

impl Forward {
    fn base(&self) -> Convolution {
        let count = self.dimensions.len();
        Convolution {
            batch: self.batch,
            conv_groups: self.conv_groups,
            in_channels_per_group: self.in_channels,
            out_channels_per_group: self.out_channels,
            input: self.dimensions.iter().map(|d| d.input).collect(),
            kernel: self.dimensions.iter().map(|d| d.kernel).collect(),
            stride: self.dimensions.iter().map(|d| d.stride).collect(),
            input_dilation: SmallVec::from_elem(1, count),
            kernel_dilation: SmallVec::from_elem(1, count),
            padding_lower: self.dimensions.iter().map(|d| d.lower).collect(),
            padding_upper: self.dimensions.iter().map(|d| d.upper).collect(),
            flip_kernel: SmallVec::from_elem(false, count),
        }
    }

    fn convolution(&self) -> Convolution {
        self.base()
    }

    fn input_gradient(&self) -> Convolution {
        let mut gradient = self.base();
        gradient.in_channels_per_group = self.out_channels;
        gradient.out_channels_per_group = self.in_channels;
        for (d, forward) in self.dimensions.iter().enumerate() {
            let output = forward.output();
            gradient.input[d] = output;
            gradient.stride[d] = 1;
            gradient.input_dilation[d] = forward.stride;
            gradient.padding_lower[d] = forward.kernel as i64 - 1 - forward.lower;
            let dilated = (output.saturating_sub(1) * forward.stride + 1) as i64;
            gradient.padding_upper[d] =
                (forward.input + forward.kernel) as i64 - 1 - gradient.padding_lower[d] - dilated;
            gradient.flip_kernel[d] = true;
        }
        gradient
    }

    fn weight_gradient(&self) -> Convolution {
        let mut gradient = self.base();
        gradient.batch = self.in_channels;
        gradient.in_channels_per_group = self.batch;
        for (d, forward) in self.dimensions.iter().enumerate() {
            let output = forward.output();
            gradient.kernel[d] = output;
            gradient.kernel_dilation[d] = forward.stride;
            gradient.stride[d] = 1;
            let dilated = (output.saturating_sub(1) * forward.stride + 1) as i64;
            gradient.padding_upper[d] =
                forward.kernel as i64 - 1 + dilated - forward.input as i64 - forward.lower;
        }
        gradient
    }
}
