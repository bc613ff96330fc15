//! Importing whatever bytes there are ends with a network or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tilesim_graph::{fold_batch_norm, theoretical_cost};
use tilesim_onnx::OnnxFile;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = OnnxFile::from_bytes("fuzz", bytes.to_vec()) else {
        return;
    };
    for batch in [1, 3] {
        if let Ok(model) = file.import(batch) {
            theoretical_cost(&fold_batch_norm(&model.graph));
            // Values are worked out when they are asked for; how many there may be is bounded, but not small.
            for (_, weight) in model.weights.iter().filter(|(_, weight)| weight.elements() < 1 << 16) {
                let _ = weight.to_f32();
            }
        }
    }
});
