//! Rows of vendor tables of vector kernels.

mod broadcast;
mod elementwise;
mod movement;
mod reduce;
mod shares;

use tilesim_codelets::Count;
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::{
    BinaryOp, BinaryVertex, NonLinearity, NonLinearityVertex, UnaryOp, UnaryVertex, VectorVertex,
};

use crate::row::{Row, RowError};
use crate::vertices::predicted::{Predicted, tile_cycles};

/// Predicts a row of a vector kernel's table, or `None` where `name` is not the name of one.
pub(super) fn predict(
    machine: &Machine,
    name: &str,
    row: &Row<'_>,
    count: Count,
) -> Option<Result<Predicted, RowError>> {
    let vertex = match name {
        "UnaryOp1D" => unary(row).map(VectorVertex::Unary),
        "BinaryOp1D" => binary(row).map(VectorVertex::Binary),
        "NonLinearity1D" => non_linearity(row).map(VectorVertex::NonLinearity),
        _ => {
            return broadcast::predict(machine, name, row, count)
                .or_else(|| elementwise::predict(machine, name, row, count))
                .or_else(|| movement::predict(machine, name, row, count))
                .or_else(|| shares::predict(machine, name, row, count));
        }
    };
    Some(vertex.and_then(|vertex| tile_cycles(machine, row, &vertex, count)))
}

fn unary(row: &Row<'_>) -> Result<UnaryVertex, RowError> {
    let op = match row.text("op")? {
        "ABSOLUTE" => UnaryOp::Absolute,
        "ERF" => UnaryOp::Erf,
        "EXPONENT" => UnaryOp::Exponent,
        "EXPONENT_MINUS_ONE" => UnaryOp::ExponentMinusOne,
        "FLOOR" => UnaryOp::Floor,
        "GELU_ERF" => UnaryOp::GeluErf,
        "INVERSE" => UnaryOp::Inverse,
        "IS_FINITE" => UnaryOp::IsFinite,
        "LOGARITHM" => UnaryOp::Logarithm,
        "NEGATE" => UnaryOp::Negate,
        "RELU" => UnaryOp::Relu,
        "RSQRT" => UnaryOp::ReciprocalSquareRoot,
        "SIGMOID" => UnaryOp::Sigmoid,
        "SIGNUM" => UnaryOp::Signum,
        "SQRT" => UnaryOp::SquareRoot,
        "SQUARE" => UnaryOp::Square,
        "TANH" => UnaryOp::Tanh,
        _ => return Err(row.unexpected("op", "the name of a function of one operand")),
    };
    Ok(UnaryVertex {
        op,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        elements: row.positive("elements")?,
    })
}

fn binary(row: &Row<'_>) -> Result<BinaryVertex, RowError> {
    let op = match row.text("op")? {
        "ADD" => BinaryOp::Add,
        "SUBTRACT" => BinaryOp::Subtract,
        "MULTIPLY" => BinaryOp::Multiply,
        "DIVIDE" => BinaryOp::Divide,
        "MAXIMUM" => BinaryOp::Maximum,
        "MINIMUM" => BinaryOp::Minimum,
        "EQUAL" => BinaryOp::Equal,
        "GREATER_THAN" => BinaryOp::GreaterThan,
        "POWER" => BinaryOp::Power,
        _ => return Err(row.unexpected("op", "the name of a function of two operands")),
    };
    Ok(BinaryVertex {
        op,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        elements: row.positive("elements")?,
    })
}

fn non_linearity(row: &Row<'_>) -> Result<NonLinearityVertex, RowError> {
    let non_linearity = match row.text("nl")? {
        "SWISH" => NonLinearity::Swish,
        "GELU" => NonLinearity::Gelu,
        _ => return Err(row.unexpected("nl", "SWISH or GELU, which have fused kernels")),
    };
    Ok(NonLinearityVertex {
        non_linearity,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        elements: row.positive("elements")?,
    })
}
