//! The corpus of the fuzzer: what each file makes, and that damage to it is survived.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tilesim_graph::{fold_batch_norm, theoretical_cost};
use tilesim_onnx::{OnnxError, OnnxFile, import};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/onnx_import")
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(corpus()).expect("the corpus");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "onnx")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn sound_files_import_and_others_say_why_not() {
    for name in names() {
        let result = import(corpus().join(&name), 2);
        match name.as_str() {
            "cycle.onnx" => assert!(matches!(result, Err(OnnxError::Cycle { .. }))),
            "dynamic_height_width.onnx" => assert!(matches!(result, Err(OnnxError::OpenSizes { .. }))),
            "negative_size.onnx" | "external_outside.onnx" => {
                assert!(matches!(result, Err(OnnxError::Tensor { .. })));
            }
            _ => {
                let model = result.expect("an imported network");
                assert!(!model.graph.ops.is_empty(), "{name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damaged_files_end_with_a_network_or_an_error(
        index in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        batch in 1_u64..4,
    ) {
        let names = names();
        let mut bytes = std::fs::read(corpus().join(index.get(&names))).expect("a file");
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(model) = OnnxFile::from_bytes("damaged", bytes).and_then(|file| file.import(batch)) {
            theoretical_cost(&fold_batch_norm(&model.graph));
            for (_, weight) in model.weights.iter() {
                // Of what is damaged there may be no data.
                let _ = weight.to_f32();
            }
        }
    }
}
