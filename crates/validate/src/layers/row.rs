//! One of the vendor's whole layers: what it computes, the options that it was run with, and what was given for it.

use tilesim_graph::{Convolution, Pool, PoolKind, Reduction, Spatial};
use tilesim_lower::{InputLayout, LowerOptions};
use tilesim_machine::Machine;
use tilesim_program::Precision;

use crate::{
    chips::of_tables,
    row::{Row, RowError},
};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerRow {
    /// Name of the layer.
    pub name: String,
    /// Chip, as the table names it.
    pub target: String,
    /// Kind of layer, as the table names it.
    pub op_kind: String,
    /// Tiles of the chip.
    pub tiles: u32,
    /// The phases that were counted together.
    pub phases: Phases,
    /// What it computes; `None` for a kind that is not known.
    pub shape: Option<LayerShape>,
    /// Options of lowering.
    pub options: LowerOptions,
    /// Cycles of all phases that the table gives.
    pub given_cycles: u64,
    /// Bytes of all tiles that the table gives: what always lives, and of the rest the most that each tile holds at once.
    pub given_memory_bytes: u64,
}

/// Phases of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    /// Gradient of the input.
    pub backward: bool,
    /// Gradient of the weights, and their update.
    pub weight_update: bool,
}

/// What a layer computes.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerShape {
    /// A convolution, or a fully connected layer as one over a field of one position.
    Convolution(Convolution),
    /// `C := αC + βAB` as a convolution over a field of one position.
    MatrixProduct(Convolution),
    /// Windowed pooling of an input of the given shape.
    Pool {
        /// The pooling.
        pool: Pool,
        /// `[N, C, spatial…]`.
        input: Vec<u64>,
    },
    /// A reduction of a tensor of the given shape.
    Reduce(ReduceShape),
}

/// A reduction and the shape that it reduces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReduceShape {
    /// The reduction.
    pub reduction: Reduction,
    /// Indices of the dimensions that are reduced.
    pub dimensions: Vec<usize>,
    /// Shape of the input.
    pub input: Vec<u64>,
}

impl LayerRow {
    /// Name of the bundled machine that the row was counted for.
    pub fn machine_name(&self) -> &str {
        match self.target.as_str() {
            "IpuModel1" => "mk1",
            "IpuModel2" => "mk2",
            other => other,
        }
    }

    /// `base` with as many tiles as the row used, and without code of control and kernels where the given memory has none.
    ///
    /// Programs of different benchmarks made the rows. Of fully connected layers, poolings and reductions whole rows take less
    /// memory than a kernel's code (some 229 bytes of a tile); of convolutions and matrix products every tile takes 3 to 10 KB more
    /// than its data, however large those are.
    pub fn machine(&self, base: &Machine) -> Machine {
        let holds_code = self.op_kind.starts_with("conv") || self.op_kind == "gemm";
        let code = |bytes| if holds_code { bytes } else { 0 };
        Machine {
            tiles: self.tiles,
            step_code_bytes: code(base.step_code_bytes),
            kernel_code_bytes: code(base.kernel_code_bytes),
            ..of_tables(base)
        }
    }
}

/// Reads one row.
///
/// # Errors
/// When a column that the kind of layer needs is missing or holds something unexpected.
pub fn parse_row(row: &Row<'_>) -> Result<LayerRow, RowError> {
    let op_kind = row.text("op_kind")?;
    let (shape, inputs) = match op_kind {
        "conv" | "conv_1x1" | "conv_stem" | "conv_depthwise" => (
            Some(LayerShape::Convolution(convolution(row)?)),
            InputLayout::AsNeeded,
        ),
        "fc" | "fc_grouped" => (
            Some(LayerShape::Convolution(matrix_product(row)?)),
            InputLayout::AsNeeded,
        ),
        "gemm" => (
            Some(LayerShape::MatrixProduct(matrix_product(row)?)),
            InputLayout::AsNeeded,
        ),
        "pool" => (
            Some(pool(row)?),
            InputLayout::ChannelBlocks {
                first: row.positive("fwd_chans_per_group")?,
                others: row.positive("bwd_chans_per_group")?,
            },
        ),
        "reduce" => (Some(LayerShape::Reduce(reduce(row)?)), InputLayout::RowMajor),
        _ => (None, InputLayout::AsNeeded),
    };
    let data = row.element_type("data_type")?;
    Ok(LayerRow {
        name: row.text("name")?.to_owned(),
        target: row.text("target")?.to_owned(),
        op_kind: op_kind.to_owned(),
        tiles: row.positive_u32("tiles")?,
        phases: phases(row)?,
        shape,
        options: LowerOptions {
            precision: Precision {
                data,
                partials: optional(row, "partials_type", data, Row::element_type)?,
            },
            available_memory_proportion: proportion(row)?,
            inputs,
            ..LowerOptions::default()
        },
        given_cycles: row.positive("cycles")?,
        given_memory_bytes: row.positive("total_memory_bytes")?,
    })
}

/// The cell of `column`, or `default` where it is blank.
fn optional<'a, T>(
    row: &Row<'a>,
    column: &str,
    default: T,
    read: impl Fn(&Row<'a>, &str) -> Result<T, RowError>,
) -> Result<T, RowError> {
    match row.get(column) {
        Some(_) => read(row, column),
        None => Ok(default),
    }
}

fn proportion(row: &Row<'_>) -> Result<f64, RowError> {
    const COLUMN: &str = "available_memory_proportion";
    match row.get(COLUMN) {
        None => Ok(LowerOptions::default().available_memory_proportion),
        Some(cell) => match cell.parse() {
            Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
            _ => Err(row.unexpected(COLUMN, "a number between 0 and 1")),
        },
    }
}

fn phases(row: &Row<'_>) -> Result<Phases, RowError> {
    const COLUMN: &str = "runs_phases";
    let mut phases = Phases {
        backward: false,
        weight_update: false,
    };
    for phase in row.text(COLUMN)?.split('+') {
        match phase {
            "fwd" => {}
            "bwd" => phases.backward = true,
            "wu" => phases.weight_update = true,
            _ => {
                return Err(row.unexpected(
                    COLUMN,
                    "`fwd`, and after a `+` each `bwd` and `wu` where they run",
                ));
            }
        }
    }
    Ok(phases)
}

/// The columns of a name for both spatial dimensions.
fn both<'a, T>(
    row: &Row<'a>,
    column: &str,
    read: impl Fn(&Row<'a>, &str) -> Result<T, RowError>,
) -> Result<[T; 2], RowError> {
    Ok([
        read(row, &format!("{column}_h"))?,
        read(row, &format!("{column}_w"))?,
    ])
}

fn convolution(row: &Row<'_>) -> Result<Convolution, RowError> {
    if row.get("bias").is_some_and(|bias| bias != "0") {
        return Err(row.unexpected("bias", "0: layers without a bias"));
    }
    let forward = Convolution::new(
        row.positive("batch")?,
        row.positive("in_chans_total")?,
        row.positive("out_chans_total")?,
        &both(row, "field", Row::positive)?,
        &both(row, "kernel", Row::positive)?,
    );
    let padding = |column| both(row, column, |row, column| row.u64(column).map(u64::cast_signed));
    let forward = Convolution {
        stride: Spatial::from_slice(&both(row, "stride", Row::positive)?),
        kernel_dilation: Spatial::from_slice(&both(row, "kernel_dilation", |row, column| {
            optional(row, column, 1, Row::positive)
        })?),
        padding_lower: Spatial::from_slice(&padding("pad_lower")?),
        padding_upper: Spatial::from_slice(&padding("pad_upper")?),
        ..forward
    };
    grouped(row, forward, "conv_groups")
}

/// A matrix product as a convolution over a field of one position: rows of A are its samples.
fn matrix_product(row: &Row<'_>) -> Result<Convolution, RowError> {
    let groups = row.positive("gemm_groups")?;
    let channels = |column: &str| {
        let of_group = row.positive(column)?;
        of_group
            .checked_mul(groups)
            .ok_or_else(|| row.unexpected(column, "as many channels of all groups as fit 64 bits"))
    };
    let forward = Convolution::new(
        row.positive("gemm_m")?,
        channels("gemm_k")?,
        channels("gemm_n")?,
        &[1],
        &[1],
    );
    grouped(row, forward, "gemm_groups")
}

fn grouped(row: &Row<'_>, forward: Convolution, column: &str) -> Result<Convolution, RowError> {
    forward
        .grouped(row.positive(column)?)
        .ok_or_else(|| row.unexpected(column, "a divisor of the numbers of channels"))
}

fn pool(row: &Row<'_>) -> Result<LayerShape, RowError> {
    let [height, width] = both(row, "field", Row::positive)?;
    let kind = match row.text("pool_type")? {
        "max" => PoolKind::Max,
        "avg" => PoolKind::Average,
        _ => return Err(row.unexpected("pool_type", "`max` or `avg`")),
    };
    let (kernel, stride) = (
        both(row, "kernel", Row::positive)?,
        both(row, "stride", Row::positive)?,
    );
    let (lower, upper) = (
        both(row, "pad_lower", Row::u64)?,
        both(row, "pad_upper", Row::u64)?,
    );
    Ok(LayerShape::Pool {
        pool: Pool::new(kind, &kernel, &stride).padded(&lower, &upper),
        input: vec![
            row.positive("batch")?,
            row.positive("pool_channels")?,
            height,
            width,
        ],
    })
}

fn reduce(row: &Row<'_>) -> Result<ReduceShape, RowError> {
    const DIMENSIONS: &str = "different indices of dimensions with blanks between";
    let input = list::<u64>(row, "reduce_shape", 'x', "sizes with `x` between")?;
    let dimensions = list::<usize>(row, "reduce_dims", ' ', DIMENSIONS)?;
    if dimensions.iter().any(|dimension| *dimension >= input.len()) {
        return Err(row.unexpected("reduce_dims", DIMENSIONS));
    }
    let reduction = match row.text("reduce_op")? {
        "ADD" => Reduction::Sum,
        "SQUARE_ADD" => Reduction::SumOfSquares,
        "MAX" => Reduction::Maximum,
        _ => return Err(row.unexpected("reduce_op", "`ADD`, `SQUARE_ADD` or `MAX`")),
    };
    Ok(ReduceShape {
        reduction,
        dimensions,
        input,
    })
}

fn list<T: std::str::FromStr>(
    row: &Row<'_>,
    column: &str,
    separator: char,
    expected: &'static str,
) -> Result<Vec<T>, RowError> {
    row.text(column)?
        .split(separator)
        .map(|cell| cell.parse().map_err(|_| row.unexpected(column, expected)))
        .collect()
}

#[cfg(test)]
mod tests {
    use tilesim_machine::ElementType;

    use super::*;

    #[test]
    fn a_reduction_is_read_with_its_dimensions() {
        let cells = [
            ("name", "sum"),
            ("target", "IpuModel2"),
            ("tiles", "64"),
            ("op_kind", "reduce"),
            ("runs_phases", "fwd"),
            ("data_type", "half"),
            ("partials_type", "float"),
            ("reduce_shape", "4x100x8"),
            ("reduce_dims", "0 1"),
            ("reduce_op", "ADD"),
            ("cycles", "1000"),
            ("total_memory_bytes", "2000"),
        ];
        let row = parse_row(&cells.into_iter().collect()).expect("a row");
        assert_eq!(row.machine_name(), "mk2");
        assert_eq!(row.options.precision.partials, ElementType::F32);
        let Some(LayerShape::Reduce(shape)) = row.shape else {
            panic!("a reduction");
        };
        assert_eq!(shape.input, [4, 100, 8]);
        assert_eq!(shape.reduction, Reduction::Sum);
        assert_eq!(shape.dimensions, [0, 1]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let cells = [
            ("op_kind", "reduce"),
            ("reduce_shape", "4x8"),
            ("reduce_dims", "2"),
        ];
        assert_eq!(
            parse_row(&cells.into_iter().collect()),
            Err(RowError::Invalid {
                column: "reduce_dims".to_owned(),
                value: "2".to_owned(),
                expected: "different indices of dimensions with blanks between",
            })
        );
    }
}
