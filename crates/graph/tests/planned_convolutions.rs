//! Counts of convolutions against those that PopLibs' planner states for the same layers.

use tilesim_graph::Convolution;
use tilesim_test_support::csv_table::{Row, rows};
use tilesim_test_support::reference;

/// The forward convolution: rows of the backward passes state it too.
fn forward(row: &Row) -> Convolution {
    let pair = |name: &str| [row.number(&format!("{name}_h")), row.number(&format!("{name}_w"))];
    let mut convolution = Convolution::new(row.number("batch"), 1, 1, &pair("in"), &pair("k"));
    convolution.conv_groups = row.number("groups");
    convolution.in_channels_per_group = row.number("in_chans_pg");
    convolution.out_channels_per_group = row.number("out_chans_pg");
    convolution.stride = pair("stride").into_iter().collect();
    for (d, side) in ["h", "w"].into_iter().enumerate() {
        convolution.padding_lower[d] = row.signed(&format!("pad_l_{side}"));
        convolution.padding_upper[d] = row.signed(&format!("pad_u_{side}"));
    }
    convolution
}

#[test]
fn macs_without_padding_are_the_planner_s_in_all_passes() {
    let Some(folder) = reference::path("vendor/plans") else {
        return;
    };
    let mut checked = 0;
    for table in ["effnet", "grid", "bench", "sensitivity"] {
        for row in rows(&folder.join(format!("{table}_planned_open.csv"))) {
            let forward = forward(&row);
            assert_eq!(forward.validate(), Ok(()));
            let output: [u64; 2] = [row.number("out_h"), row.number("out_w")];
            assert_eq!(forward.output().as_slice(), output, "{row:?}");
            let macs: u64 = row.number("macs");
            for convolution in [forward.input_gradient(), forward.weight_gradient(), forward] {
                assert_eq!(convolution.macs_without_padding(), macs, "{row:?}");
            }
            checked += 1;
        }
    }
    assert!(checked > 3000, "{checked} rows");
}
