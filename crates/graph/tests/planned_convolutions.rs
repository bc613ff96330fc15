//! Counts of convolutions against those that PopLibs' planner states for the same layers.

use std::path::Path;

use tilesim_graph::Convolution;

struct Row {
    headers: csv::StringRecord,
    cells: csv::StringRecord,
}

impl Row {
    fn number<T: std::str::FromStr>(&self, column: &str) -> T {
        let index = self.headers.iter().position(|header| header == column);
        let text = index.and_then(|index| self.cells.get(index)).unwrap_or_default();
        text.parse()
            .unwrap_or_else(|_| panic!("{column}: `{text}` is no number"))
    }

    /// The forward convolution: rows of the backward passes state it too.
    fn forward(&self) -> Convolution {
        let pair = |name: &str| {
            [
                self.number(&format!("{name}_h")),
                self.number(&format!("{name}_w")),
            ]
        };
        let mut convolution = Convolution::new(self.number("batch"), 1, 1, &pair("in"), &pair("k"));
        convolution.conv_groups = self.number("groups");
        convolution.in_channels_per_group = self.number("in_chans_pg");
        convolution.out_channels_per_group = self.number("out_chans_pg");
        convolution.stride = pair("stride").into_iter().collect();
        for (d, side) in ["h", "w"].into_iter().enumerate() {
            convolution.padding_lower[d] = self.number(&format!("pad_l_{side}"));
            convolution.padding_upper[d] = self.number(&format!("pad_u_{side}"));
        }
        convolution
    }
}

#[test]
fn macs_without_padding_are_the_planner_s_in_all_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vendor/plans");
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "{} is absent", folder.display());
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let mut checked = 0;
    for table in ["effnet", "grid", "bench", "sensitivity"] {
        let path = folder.join(format!("{table}_planned_open.csv"));
        let mut reader = csv::Reader::from_path(path).expect("a table");
        let headers = reader.headers().expect("a header").clone();
        for cells in reader.records() {
            let row = Row {
                headers: headers.clone(),
                cells: cells.expect("a row"),
            };
            let forward = row.forward();
            assert_eq!(forward.validate(), Ok(()));
            let output: [u64; 2] = [row.number("out_h"), row.number("out_w")];
            assert_eq!(forward.output().as_slice(), output, "{:?}", row.cells);
            let macs: u64 = row.number("macs");
            for convolution in [forward.input_gradient(), forward.weight_gradient(), forward] {
                assert_eq!(convolution.macs_without_padding(), macs, "{:?}", row.cells);
            }
            checked += 1;
        }
    }
    assert!(checked > 3000, "{checked} rows");
}
