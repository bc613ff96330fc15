//! Resizing, and local response normalisation: what the operators that they are composed of compute.

use tilesim_graph::{
    Graph, OpKind, TensorKind,
    reference::{Precision, Tensor, Tensors, evaluate},
};

use super::{Model, integer, integers, number, text};
use crate::{OnnxFile, proto::AttributeProto};

/// The result of a model on values.
fn result(model: Model, values: &[f64]) -> (Vec<u64>, Vec<f64>) {
    let file = OnnxFile::from_bytes("test", model.bytes()).expect("a file");
    let imported = file.import(1).expect("a network");
    let graph: &Graph = &imported.graph;
    let mut given = Tensors::new();
    for tensor in &graph.tensors {
        let values = match tensor.kind {
            TensorKind::Input => values.to_vec(),
            TensorKind::Parameter | TensorKind::Statistic => {
                let weight = imported.weights.get(&tensor.name).expect("values");
                let numbers = weight.to_f32().expect("numbers");
                numbers.iter().map(|&number| f64::from(number)).collect()
            }
            _ => continue,
        };
        let shape = tensor.shape.clone();
        given.insert(tensor.name.clone(), Tensor { shape, values });
    }
    // Coefficients of a definition are not trained.
    assert!(
        graph
            .tensors
            .iter()
            .all(|tensor| tensor.kind != TensorKind::Parameter)
    );
    let y = &graph.tensor(graph.outputs[0]).name;
    let computed = evaluate(graph, &given, Precision::Double)
        .expect("values")
        .remove(y);
    let y = computed.expect("the output");
    (y.shape, y.values)
}

/// An image resized by scales.
fn resized(size: [i64; 2], scales: [f32; 2], values: &[f64], more: Vec<AttributeProto>) -> Vec<f64> {
    let model = Model::new(&[1, 1, size[0], size[1]])
        .numbers("scales", &[4], &[1.0, 1.0, scales[0], scales[1]])
        .node("Resize", "x _ scales -> y", more);
    result(model, values).1
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    let close = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-5;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(close),
        "{found:?}"
    );
}

/// Examples of the ONNX specification of `Resize`.
#[test]
fn straight_lines() {
    let linear = || text("mode", "linear");
    let mode = |mode| vec![linear(), text("coordinate_transformation_mode", mode)];
    let square = [1.0, 2.0, 3.0, 4.0];
    assert_close(
        &resized([2, 2], [2.0, 2.0], &square, vec![linear()]),
        &[
            1.0, 1.25, 1.75, 2.0, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3.0, 3.25, 3.75, 4.0,
        ],
    );
    let third = 1.0 / 3.0;
    let corners = resized([2, 2], [1.0, 2.0], &square, mode("align_corners"));
    assert_close(
        &corners,
        &[
            1.0,
            1.0 + third,
            2.0 - third,
            2.0,
            3.0,
            3.0 + third,
            4.0 - third,
            4.0,
        ],
    );
    let beginnings = resized([2, 2], [1.0, 2.0], &square, mode("asymmetric"));
    assert_close(&beginnings, &[1.0, 1.5, 2.0, 2.0, 3.0, 3.5, 4.0, 4.0]);
    let eight: Vec<f64> = (1..9).map(f64::from).collect();
    assert_close(
        &resized([2, 4], [0.6, 0.6], &eight, vec![linear()]),
        &[2.666_666_6, 4.333_333],
    );
}

#[test]
fn the_nearest_elements() {
    let modes = |coordinates, nearest| {
        vec![
            text("coordinate_transformation_mode", coordinates),
            text("nearest_mode", nearest),
        ]
    };
    let row = [1.0, 2.0, 3.0, 4.0];
    let twice = resized([1, 4], [1.0, 2.0], &row, modes("asymmetric", "floor"));
    assert_close(&twice, &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    let ceiling = resized([1, 4], [1.0, 2.0], &row, modes("asymmetric", "ceil"));
    assert_close(&ceiling, &[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
    // Positions 0.5 and 2.5.
    let half = resized([1, 4], [1.0, 0.5], &row, modes("half_pixel", "round_prefer_ceil"));
    assert_close(&half, &[2.0, 4.0]);
    assert_close(&resized([1, 4], [1.0, 0.5], &row, vec![]), &[1.0, 3.0]);
    let upsampled = Model::new(&[1, 1, 2])
        .opset(9)
        .numbers("scales", &[3], &[1.0, 1.0, 2.0]);
    let upsampled = upsampled.node("Upsample", "x scales -> y", vec![]);
    assert_close(&result(upsampled, &[1.0, 2.0]).1, &[1.0, 1.0, 2.0, 2.0]);
}

/// Opset 10: the example of the standard, and what onnxruntime makes of a row at other scales.
#[test]
fn the_nearest_elements_of_opset_10() {
    let of = |size: [i64; 2], scales: [f32; 2]| {
        let values: Vec<f64> = (1..=size[0] * size[1]).map(|value| value as f64).collect();
        let model = Model::new(&[1, 1, size[0], size[1]])
            .opset(10)
            .numbers("scales", &[4], &[1.0, 1.0, scales[0], scales[1]])
            .node("Resize", "x scales -> y", vec![]);
        result(model, &values).1
    };
    assert_close(&of([2, 4], [0.6, 0.6]), &[1.0, 3.0]);
    assert_close(&of([1, 5], [1.0, 0.7]), &[1.0, 3.0, 4.0]);
    assert_close(&of([1, 8], [1.0, 0.3]), &[1.0, 5.0]);
    assert_close(&of([1, 7], [1.0, 0.6]), &[1.0, 3.0, 5.0, 6.0]);
    assert_close(&of([1, 6], [1.0, 1.2]), &[1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    // One dimension shrinks, another grows.
    assert_close(&of([2, 3], [1.5, 0.7]), &[1.0, 3.0, 1.0, 3.0, 4.0, 6.0]);
}

/// It makes nothing smaller by its definition.
#[test]
fn upsamples_do_not_shrink() {
    let error = Model::new(&[1, 1, 4])
        .opset(9)
        .numbers("scales", &[3], &[1.0, 1.0, 0.5])
        .node("Upsample", "x scales -> y", vec![])
        .error()
        .to_string();
    assert!(error.contains("a scale is 0.5"), "{error}");
}

#[test]
fn cubic_polynomials() {
    let cubic = |more: Vec<AttributeProto>| [vec![text("mode", "cubic")], more].concat();
    // At 0.5 elements weigh −3/32, 19/32, 19/32, −3/32 with a = −3/4.
    let row = [1.0, 2.0, 3.0, 5.0];
    let found = resized([1, 4], [1.0, 0.25], &row, cubic(vec![]));
    assert_close(&found, &[(19.0 * 5.0 - 3.0 * 6.0) / 32.0]);
    // At 0.5 of two elements the outer ones are off: excluded, or those at the border once more.
    let pair = [1.0, 2.0];
    let found = resized(
        [1, 2],
        [1.0, 0.5],
        &pair,
        cubic(vec![integer("exclude_outside", 1)]),
    );
    assert_close(&found, &[1.5]);
}

#[test]
fn sizes_and_axes() {
    let sized = |more: Vec<AttributeProto>| {
        let model = Model::new(&[1, 2, 4, 6])
            .opset(18)
            .integers("sizes", &[7, 8])
            .node(
                "Resize",
                "x _ _ sizes -> y",
                [vec![text("mode", "linear"), integers("axes", &[2, -1])], more].concat(),
            );
        result(model, &[1.0; 48])
    };
    let (shape, values) = sized(vec![]);
    assert_eq!(shape, [1, 2, 7, 8]);
    assert_close(&values, &[1.0; 112]);
    // 4/3 of 4 is 5.3.
    assert_eq!(
        sized(vec![text("keep_aspect_ratio_policy", "not_larger")]).0,
        [1, 2, 5, 8]
    );
    assert_eq!(
        sized(vec![text("keep_aspect_ratio_policy", "not_smaller")]).0,
        [1, 2, 7, 11]
    );
}

#[test]
fn what_cannot_be_resized_is_an_error() {
    let of = |scales: [f32; 3], more: Vec<AttributeProto>| {
        let model = Model::new(&[1, 2, 4]).numbers("scales", &[3], &scales);
        model.node("Resize", "x _ scales -> y", more).import(1)
    };
    for (scales, more) in [
        ([1.0, 1.0, 0.0], vec![]),
        ([1.0, 1.0, f32::NAN], vec![]),
        ([1.0, 1.0, 1e30], vec![]),
        ([1.0, 1.0, 0.2], vec![]),
        ([1.0, 1.0, 2.0], vec![integer("antialias", 1)]),
        ([1.0, 1.0, 2.0], vec![text("mode", "square")]),
        (
            [1.0, 1.0, 2.0],
            vec![text("coordinate_transformation_mode", "tf_crop_and_resize")],
        ),
    ] {
        assert!(of(scales, more).is_err(), "{scales:?}");
    }
}

#[test]
fn neighbours_in_channels() {
    let model = |size| {
        let attributes = vec![
            integer("size", size),
            number("alpha", 0.5),
            number("beta", 0.75),
            number("bias", 2.0),
        ];
        Model::new(&[1, 5, 1]).node("LRN", "x -> y", attributes)
    };
    let x = [1.0, -2.0, 3.0, 0.5, 2.0];
    for size in [1, 2, 3, 4, 5, 40] {
        let (before, behind) = ((size - 1) / 2, size / 2);
        let expected: Vec<f64> = (0..5_i64)
            .map(|channel| {
                let window = (channel - before).max(0)..(channel + behind + 1).min(5);
                let squares: f64 = window.map(|near| x[near as usize] * x[near as usize]).sum();
                x[channel as usize] * (2.0 + 0.5 / size as f64 * squares).powf(-0.75)
            })
            .collect();
        assert_close(&result(model(size), &x).1, &expected);
    }
    let kinds = model(3).kinds();
    let movements = kinds.iter().filter(|kind| matches!(kind, OpKind::Rearrange(_)));
    assert_eq!(movements.count(), 2);
}
