//! Networks that ask for more than there is.

use std::path::Path;

use crate::support::{bounded, refused, run};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/onnx_import");

#[test]
fn what_takes_more_memory_than_it_may_is_refused_before_it_takes_any() {
    let here = Path::new(".");
    refused(
        here,
        &["run", "mobilenet-v1", "--batch", "1000000"],
        &["TiB of memory", "memory limit", "`", "takes"],
    );
    let wide = format!("{CORPUS}/wide_input.onnx");
    refused(here, &["run", &wide], &["`x` takes 1.31 TiB"]);
    let limited = ["run", "mobilenet-v1", "--set", "resolution=32", "--memory-limit"];
    refused(
        here,
        &[limited.as_slice(), &["1MB"]].concat(),
        &["at most 977 KiB", "weights"],
    );
    let allowed = [limited.as_slice(), &["200MB", "--quiet"]].concat();
    assert_eq!(run(here, &allowed).code, Some(0));
    let nonsense = bounded(&[limited.as_slice(), &["much"]].concat())
        .output()
        .expect("a run");
    assert_eq!(nonsense.status.code(), Some(2));
}
