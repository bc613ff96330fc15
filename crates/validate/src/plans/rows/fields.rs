//! Cells that rows of both families of vendor tables share.

use smallvec::SmallVec;
use tilesim_planner::Method;
use tilesim_program::vertex::convolution::ChannelGrouping;

use crate::row::{Row, RowError};

/// A size of a convolution.
pub(super) fn size(row: &Row, column: &str) -> Result<u64, RowError> {
    row.positive_u32(column).map(u64::from)
}

/// A whole number with a sign.
pub(super) fn signed(row: &Row, column: &str) -> Result<i64, RowError> {
    const EXPECTED: &str = "a whole number of at most 32 bits";
    let value: i32 = row
        .text(column)?
        .parse()
        .map_err(|_| row.unexpected(column, EXPECTED))?;
    Ok(i64::from(value))
}

/// Numbers such as `[1 0]` or `1x0`; a blank cell holds none.
pub(super) fn numbers(row: &Row, column: &str) -> Result<Vec<u64>, RowError> {
    const EXPECTED: &str = "numbers such as 1x0";
    row.get(column)
        .unwrap_or_default()
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|_| row.unexpected(column, EXPECTED)))
        .collect()
}

/// Dimensions, written as [`numbers`] are.
pub(super) fn dimensions<const N: usize>(row: &Row, column: &str) -> Result<SmallVec<[usize; N]>, RowError>
where
    [usize; N]: smallvec::Array<Item = usize>,
{
    let numbers = numbers(row, column)?;
    Ok(numbers
        .into_iter()
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX))
        .collect())
}

/// The kernel family of column `method`, with the units or chains that it uses.
pub(super) fn method(row: &Row, units_column: &str, chains_column: &str) -> Result<Method, RowError> {
    match row.text("method")? {
        "AMP" => Ok(Method::Amp {
            conv_units: row.positive_u32(units_column)?,
        }),
        "SLIC" => Ok(Method::Slic {
            conv_chains: row.positive_u32(chains_column)?,
        }),
        "VMAC" => Ok(Method::VerticalMac),
        "HMAC" => Ok(Method::HorizontalMac),
        "OUTER_PRODUCT" => Ok(Method::OuterProduct),
        _ => Err(row.unexpected("method", "AMP, SLIC, VMAC, HMAC or OUTER_PRODUCT")),
    }
}

/// The channel grouping in the three given columns.
pub(super) fn grouping(row: &Row, columns: [&str; 3]) -> Result<ChannelGrouping, RowError> {
    Ok(ChannelGrouping {
        conv_groups: row.positive(columns[0])?,
        in_channels: row.positive(columns[1])?,
        out_channels: row.positive(columns[2])?,
    })
}
