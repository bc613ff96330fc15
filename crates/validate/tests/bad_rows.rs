//! Rows that cannot be read say which column, what stands there and what was expected.

use tilesim_codelets::Count;
use tilesim_test_support::machines::table_mk2;
use tilesim_validate::{
    row::{Row, RowError},
    vertices::predict,
};

const ROW: [(&str, &str); 10] = [
    ("vertex", "ConvPartial1x1Out"),
    ("in_type", "half"),
    ("partials_type", "half"),
    ("conv_units", "16"),
    ("out_elements", "196"),
    ("conv_groups", "1"),
    ("in_chans", "96"),
    ("out_chans", "96"),
    ("in_chans_per_group", "16"),
    ("out_chans_per_group", "16"),
];

fn error_of(column: &str, cell: &str) -> String {
    let row: Row<'_> = ROW
        .into_iter()
        .chain([("cycles_planner", "1")])
        .map(|(name, value)| (name, if name == column { cell } else { value }))
        .collect();
    predict(&table_mk2(), &row, Count::Vendor)
        .expect_err("a bad row")
        .to_string()
}

#[test]
fn bad_cells_are_named_with_what_was_expected() {
    for (column, cell, message) in [
        (
            "out_elements",
            "",
            "column `out_elements` is missing; expected a whole number",
        ),
        (
            "out_elements",
            "many",
            "column `out_elements` holds `many`; expected a whole number",
        ),
        (
            "out_elements",
            "0",
            "column `out_elements` holds `0`; expected a whole number of at least 1",
        ),
        (
            "in_type",
            "double",
            "column `in_type` holds `double`; expected `half`, `float`, `int` or `unsigned char`",
        ),
        (
            "vertex",
            "Conv",
            "column `vertex` holds `Conv`; expected the name of a kernel that has a table",
        ),
        (
            "conv_units",
            "99999999999",
            "column `conv_units` holds `99999999999`; expected a whole number between 1 and 4294967295",
        ),
    ] {
        assert_eq!(error_of(column, cell), message);
    }
}

#[test]
fn illegal_and_overflowing_rows_are_errors() {
    assert!(error_of("in_chans_per_group", "5").contains("divide the weights of a unit"));
    assert!(error_of("conv_units", "32").contains("which has 16 for these types"));
    assert!(error_of("out_elements", "18446744073709551615").contains("2^50"));
    assert!(error_of("in_chans_per_group", "18446744073709551615").contains("2^50"));
}

#[test]
fn a_row_without_kernel_is_an_error() {
    let row: Row<'_> = [("cycles", "1")].into_iter().collect();
    assert_eq!(
        predict(&table_mk2(), &row, Count::Vendor),
        Err(RowError::Missing {
            column: "model".to_owned(),
            expected: "text",
        })
    );
}
