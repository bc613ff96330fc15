//! The same bytes of output, however many threads work.

use crate::support::tilesim;

fn output(arguments: &[&str], threads: &str) -> Vec<u8> {
    let run = tilesim(arguments)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{run:?}");
    run.stdout
}

#[test]
fn results_do_not_depend_on_threads() {
    for network in ["efficientnet-b0-g1", "efficientnet-b1-g16", "resnet50"] {
        let arguments = ["simulate", network, "--format", "json", "--quiet"];
        assert_eq!(output(&arguments, "1"), output(&arguments, "2"), "{network}");
    }
}

#[test]
fn comparisons_do_not_depend_on_threads() {
    let arguments = [
        "compare",
        "efficientnet-b0-g1",
        "efficientnet-b0-g16",
        "--set",
        "resolution=64",
        "--set",
        "machine.tiles=64",
        "--max-batch",
        "--format",
        "json",
        "--quiet",
    ];
    let one = output(&arguments, "1");
    assert_eq!(one, output(&arguments, "2"));
    assert_eq!(one, output(&[&arguments[..], &["--threads", "3"]].concat(), "2"));
}
