//! Transposed convolutions.

use tilesim_graph::OpKind;

use super::{Model, integer, integers, text};
use crate::{OnnxError, proto::AttributeProto};

/// The size of the result of one spatial dimension, and the padding of the convolution that leads back.
fn result(size: i64, kernel: i64, attributes: Vec<AttributeProto>) -> Result<(u64, [i64; 2]), OnnxError> {
    let model = Model::new(&[1, 2, size])
        .numbers("w", &[2, 3, kernel], &[0.5])
        .node("ConvTranspose", "x w -> y", attributes);
    let graph = model.import(1)?;
    let OpKind::ConvolutionInputGradient(forward) = &graph.ops[0].kind else {
        panic!("{:?}", graph.ops[0].kind);
    };
    assert_eq!(forward.output().as_slice(), [size.unsigned_abs()]);
    let size = graph.tensor(graph.outputs[0]).shape[2];
    Ok((size, [forward.padding_lower[0], forward.padding_upper[0]]))
}

/// Sizes and paddings by the formulas of the ONNX specification of `ConvTranspose`.
#[test]
fn sizes_of_every_kind() {
    let stride = |of: i64| integers("strides", &[of]);
    let cases = [
        (result(3, 3, vec![]), (5, [0, 0])),
        (result(3, 2, vec![stride(2)]), (6, [0, 0])),
        (
            result(3, 3, vec![stride(2), integers("pads", &[1, 1])]),
            (5, [1, 1]),
        ),
        (
            result(
                3,
                3,
                vec![
                    stride(2),
                    integers("pads", &[1, 1]),
                    integers("output_padding", &[1]),
                ],
            ),
            (6, [1, 0]),
        ),
        // The result goes on after the last window.
        (
            result(3, 2, vec![stride(3), integers("output_padding", &[2])]),
            (10, [0, -2]),
        ),
        (result(3, 3, vec![integers("dilations", &[2])]), (7, [0, 0])),
        (
            result(3, 3, vec![stride(2), text("auto_pad", "SAME_UPPER")]),
            (6, [0, 1]),
        ),
        (
            result(3, 3, vec![stride(2), text("auto_pad", "SAME_LOWER")]),
            (6, [1, 0]),
        ),
        (
            result(3, 3, vec![stride(2), text("auto_pad", "VALID")]),
            (7, [0, 0]),
        ),
        (
            result(3, 3, vec![stride(2), integers("output_shape", &[6])]),
            (6, [1, 0]),
        ),
        (
            result(3, 3, vec![stride(3), integers("output_shape", &[10])]),
            (10, [0, -1]),
        ),
    ];
    for (index, (found, expected)) in cases.into_iter().enumerate() {
        assert_eq!(found.expect("a network"), expected, "case {index}");
    }
}

#[test]
fn groups_and_parameters() {
    let graph = Model::new(&[2, 4, 5, 5])
        .numbers("w", &[4, 3, 2, 2], &[0.5])
        .numbers("b", &[6], &[0.5])
        .node(
            "ConvTranspose",
            "x w b -> y",
            vec![integers("strides", &[2, 2]), integer("group", 2)],
        )
        .import(2)
        .expect("a network");
    assert_eq!(graph.tensor(graph.outputs[0]).shape, [2, 6, 10, 10]);
    let cost = tilesim_graph::theoretical_cost(&graph);
    // Every weight meets every position of the input.
    assert_eq!(cost.macs, 2 * 4 * 3 * 2 * 2 * 25);
    assert_eq!((cost.parameters.weights, cost.parameters.biases), (48, 6));
    let layer = &cost.layers[0];
    assert_eq!(
        (layer.kernel.as_slice(), layer.group_size, layer.conv_groups),
        ([2, 2].as_slice(), 2, 2)
    );
}

#[test]
fn what_is_not_sound_is_an_error() {
    let wrong = [
        result(3, 3, vec![integers("pads", &[4, 4])]),
        result(3, 3, vec![integers("strides", &[1 << 40])]),
        result(3, 3, vec![integers("output_padding", &[-1])]),
        result(3, 3, vec![integers("output_shape", &[0])]),
        result(3, 3, vec![integer("group", 3)]),
        result(3, 3, vec![text("auto_pad", "SAME")]),
    ];
    for (index, found) in wrong.into_iter().enumerate() {
        assert!(found.is_err(), "case {index}: {found:?}");
    }
}
