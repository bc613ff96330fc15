//! What is computed beforehand.

use prost::Message;
use tilesim_graph::theoretical_cost;
use tilesim_test_support::reference;

use super::{Model, attribute, integer, integers, number, text, value};
use crate::{
    OnnxError, OnnxFile,
    proto::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, data_type},
};

/// The shape and the values of the constant `c`, which is added to the input.
fn added(model: Model) -> (Vec<u64>, Vec<f32>) {
    let model = model.node("Add", "x c -> y", vec![]);
    let model = OnnxFile::from_bytes("test", model.bytes())
        .and_then(|file| file.import(1))
        .expect("a network");
    // Parameters that are only moved keep the name that they have in the file.
    let (_, weight) = model.weights.iter().next().expect("a constant");
    (weight.shape().to_vec(), weight.to_f32().expect("data"))
}

fn folded(model: Model, op_type: &str, operands: &str, attributes: Vec<AttributeProto>) -> Vec<f32> {
    added(model.node(op_type, &format!("{operands} -> c"), attributes)).1
}

/// A model that adds something of four elements.
fn four(opset: i64) -> Model {
    Model::new(&[0, 4])
        .opset(opset)
        .numbers("w", &[4], &[-2.0, -0.5, 0.5, 4.0])
}

#[test]
fn functions_of_constants() {
    for (op_type, expected) in [
        ("Abs", [2.0, 0.5, 0.5, 4.0]),
        ("Ceil", [-2.0, 0.0, 1.0, 4.0]),
        ("Floor", [-2.0, -1.0, 0.0, 4.0]),
        // Halves go to even numbers.
        ("Round", [-2.0, 0.0, 0.0, 4.0]),
        ("Sign", [-1.0, -1.0, 1.0, 1.0]),
        ("Neg", [2.0, 0.5, -0.5, -4.0]),
        ("Relu", [0.0, 0.0, 0.5, 4.0]),
    ] {
        assert_eq!(folded(four(13), op_type, "w", vec![]), expected, "{op_type}");
    }
    let three = || four(13).numbers("three", &[], &[3.0]);
    // The remainder has the sign of the divisor, or in C's way of the dividend.
    assert_eq!(folded(three(), "Mod", "w three", vec![]), [1.0, 2.5, 0.5, 1.0]);
    let c = vec![integer("fmod", 1)];
    assert_eq!(folded(three(), "Mod", "w three", c), [-2.0, -0.5, 0.5, 1.0]);
    assert_eq!(folded(three(), "Min", "w three", vec![]), [-2.0, -0.5, 0.5, 3.0]);
    assert_eq!(folded(three(), "Mean", "w three", vec![]), [0.5, 1.25, 1.75, 3.5]);
}

/// Bounds are attributes up to opset 10, and operands from there on.
#[test]
fn clipped_constants() {
    let attributes = vec![number("min", -1.0), number("max", 1.0)];
    assert_eq!(folded(four(10), "Clip", "w", attributes), [-1.0, -0.5, 0.5, 1.0]);
    let bounds = four(11).numbers("low", &[], &[-1.0]).numbers("high", &[], &[1.0]);
    assert_eq!(
        folded(bounds, "Clip", "w low high", vec![]),
        [-1.0, -0.5, 0.5, 1.0]
    );
}

#[test]
fn moved_constants() {
    let square = |opset| {
        Model::new(&[0, 1, 2, 2])
            .opset(opset)
            .numbers("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0])
    };
    let of = |model, op_type: &str, operands: &str, attributes| folded(model, op_type, operands, attributes);
    assert_eq!(of(square(13), "Transpose", "w", vec![]), [1.0, 3.0, 2.0, 4.0]);
    assert_eq!(of(square(14), "Trilu", "w", vec![]), [1.0, 2.0, 0.0, 4.0]);
    assert_eq!(
        of(square(14), "Trilu", "w", vec![integer("upper", 0)]),
        [1.0, 0.0, 3.0, 4.0]
    );
    let starts = vec![
        integers("starts", &[-1]),
        integers("ends", &[100]),
        integers("axes", &[1]),
    ];
    let (shape, values) = added(square(9).node("Slice", "w -> c", starts));
    assert_eq!((shape.last(), values), (Some(&1), vec![2.0, 4.0]));
    let column = square(13).integers("column", &[1]);
    assert_eq!(
        of(column, "Gather", "w column", vec![integer("axis", 1)]),
        [2.0, 4.0]
    );
    let row = || Model::new(&[0, 4]).numbers("w", &[1, 2], &[1.0, 2.0]);
    let twice = row().integers("times", &[1, 2]);
    assert_eq!(of(twice, "Tile", "w times", vec![]), [1.0, 2.0, 1.0, 2.0]);
    // Attributes up to opset 10, operands from there on.
    let pads = vec![integers("pads", &[0, 1, 0, 1]), number("value", 7.0)];
    assert_eq!(of(row().opset(10), "Pad", "w", pads), [7.0, 1.0, 2.0, 7.0]);
    let pads = row().integers("pads", &[0, -1, 0, 3]);
    assert_eq!(of(pads, "Pad", "w pads", vec![]), [2.0, 0.0, 0.0, 0.0]);
}

#[test]
fn constants_in_parts() {
    let split = |opset, outputs: &str, attributes| {
        Model::new(&[0, 2])
            .opset(opset)
            .numbers("w", &[3], &[1.0, 2.0, 3.0])
            .node("Split", &format!("w -> {outputs}"), attributes)
    };
    assert_eq!(added(split(18, "c d", vec![])).1, [1.0, 2.0]);
    let (_, values) = added(split(11, "d c", vec![integers("split", &[1, 2])]));
    assert_eq!(values, [2.0, 3.0]);
    let uneven = split(13, "c d", vec![]).node("Add", "x c -> y", vec![]).error();
    assert!(matches!(uneven, OnnxError::Invalid { .. }), "{uneven}");
}

#[test]
fn reduced_constants() {
    let of = |op_type: &str| {
        let model = Model::new(&[0, 2]).numbers("w", &[2, 2], &[1.0, -2.0, 3.0, 4.0]);
        folded(
            model,
            op_type,
            "w",
            vec![integers("axes", &[1]), integer("keepdims", 0)],
        )
    };
    assert_eq!(of("ReduceSum"), [-1.0, 7.0]);
    assert_eq!(of("ReduceMean"), [-0.5, 3.5]);
    assert_eq!(of("ReduceMax"), [1.0, 4.0]);
    assert_eq!(of("ReduceProd"), [-2.0, 12.0]);
    assert_eq!(of("ReduceL1"), [3.0, 7.0]);
    assert_eq!(of("ReduceL2"), [5.0_f32.sqrt(), 5.0]);
    assert_eq!(of("ReduceSumSquare"), [5.0, 25.0]);
}

/// Weights are standardised by a batch norm that trains; up to opset 13 that is one of several outputs.
#[test]
fn batch_norms_of_constants() {
    let norm = |opset, outputs: &str, attributes| {
        let model = ["scale", "shift", "mean", "variance"]
            .iter()
            .zip([2.0, 1.0, 1.0, 4.0])
            .fold(Model::new(&[0, 1, 4]).opset(opset), |model, (name, of)| {
                model.numbers(name, &[1], &[of])
            });
        let model = model.numbers("w", &[1, 1, 4], &[-1.0, 1.0, 3.0, 5.0]).node(
            "BatchNormalization",
            &format!("w scale shift mean variance -> {outputs}"),
            attributes,
        );
        added(model).1
    };
    let near = |values: &[f32], expected: [f32; 4]| {
        let agree = values.iter().zip(expected);
        assert!(
            agree.clone().all(|(a, b)| (a - b).abs() < 1e-4),
            "{values:?}, {expected:?}"
        );
    };
    near(&norm(15, "c", vec![]), [-1.0, 1.0, 3.0, 5.0]);
    let own = [-1.68328, 0.10557, 1.89443, 3.68328];
    near(&norm(15, "c m v", vec![integer("training_mode", 1)]), own);
    near(&norm(9, "c m v", vec![]), own);
    near(&norm(9, "c", vec![]), [-1.0, 1.0, 3.0, 5.0]);
}

#[test]
fn quantised_weights() {
    let mut model = Model::new(&[0, 2, 2]);
    model.graph.initializer.push(TensorProto {
        name: Some("w".to_owned()),
        dims: vec![2, 2],
        data_type: Some(data_type::INT8),
        raw_data: Some(vec![0xff, 1, 2, 3].into()),
        ..TensorProto::default()
    });
    let model = model
        .numbers("scale", &[2], &[0.5, 2.0])
        .integers("zero", &[0, 1]);
    let attributes = vec![integer("axis", 0)];
    let values = folded(model, "DequantizeLinear", "w scale zero", attributes);
    assert_eq!(values, [-0.5, 0.5, 2.0, 4.0]);
}

/// A model that chooses between two constants.
fn choosing(condition: i64, then_reads: &str) -> Model {
    let branch = |reads: &str| {
        let graph = GraphProto {
            node: vec![NodeProto {
                op_type: Some("Neg".to_owned()),
                input: vec![reads.to_owned()],
                output: vec![format!("{reads}negative")],
                ..NodeProto::default()
            }],
            output: vec![value(&format!("{reads}negative"), &[])],
            ..GraphProto::default()
        };
        AttributeProto {
            g: Some(Box::new(graph)),
            ..AttributeProto::default()
        }
    };
    let branches = vec![
        attribute("then_branch", branch(then_reads)),
        attribute("else_branch", branch("b")),
    ];
    // The branch reads what stands behind the choice.
    Model::new(&[0, 2])
        .integers("which", &[condition])
        .numbers("a", &[2], &[1.0, 2.0])
        .numbers("b", &[2], &[3.0, 4.0])
        .node("If", "which -> c", branches)
        .node("Abs", "a -> later", vec![])
}

#[test]
fn a_known_condition_takes_its_branch() {
    assert_eq!(added(choosing(1, "a")).1, [-1.0, -2.0]);
    assert_eq!(added(choosing(0, "a")).1, [-3.0, -4.0]);
    assert_eq!(added(choosing(1, "later")).1, [-1.0, -2.0]);
    let nothing = choosing(1, "nothing").node("Add", "x c -> y", vec![]).error();
    assert!(matches!(nothing, OnnxError::Undefined { .. }), "{nothing}");
}

#[test]
fn conditions_that_depend_on_the_input_are_refused() {
    let model = Model::new(&[0, 2]).node("If", "x -> y", vec![]);
    let error = model.error();
    assert!(matches!(error, OnnxError::Unsupported { .. }), "{error}");
}

/// A convolution whose weights have no data is the same network; its numbers are an error that names the tensor.
#[test]
fn weights_without_data() {
    let model = |elements: usize| {
        let mut model = Model::new(&[0, 3, 4, 4]).node("Conv", "x w -> y", vec![]);
        model.graph.initializer.push(TensorProto {
            name: Some("w".to_owned()),
            dims: vec![4, 3, 3, 3],
            data_type: Some(data_type::FLOAT),
            float_data: vec![1.0; elements],
            ..TensorProto::default()
        });
        OnnxFile::from_bytes("test", model.bytes()).expect("a model")
    };
    let (with, without) = (model(108), model(0));
    let without = without.import(2).expect("a network");
    assert_eq!(with.import(2).expect("a network").graph, without.graph);
    let weight = without.weights.get("w").expect("a parameter");
    assert_eq!(weight.missing(), Some("w"));
    assert!(matches!(weight.to_f32(), Err(OnnxError::NoData { tensor }) if tensor == "w"));
    let wrong = model(107).import(1).expect_err("too few numbers");
    assert!(matches!(wrong, OnnxError::Tensor { .. }), "{wrong}");
}

/// What a shape is computed from must be there.
#[test]
fn shapes_without_data() {
    let mut model = Model::new(&[0, 3, 4, 4]).node("Reshape", "x to -> y", vec![]);
    model.graph.initializer.push(TensorProto {
        name: Some("to".to_owned()),
        dims: vec![2],
        data_type: Some(data_type::INT64),
        ..TensorProto::default()
    });
    let error = model.error();
    assert!(
        matches!(&error, OnnxError::NoData { tensor } if tensor == "to"),
        "{error}"
    );
}

#[test]
fn a_matrix_that_two_products_share_is_one_parameter() {
    let model = Model::new(&[0, 3])
        .numbers("w", &[3, 3], &[1.0, 2.0])
        .node("MatMul", "x w -> m", vec![])
        .node("MatMul", "m w -> n", vec![])
        .node("Gemm", "n w -> y", vec![integer("transB", 1)]);
    let graph = model.import(1).expect("a network");
    let weights: Vec<_> = graph.ops.iter().map(|op| op.inputs[1]).collect();
    assert_eq!(weights.len(), 3);
    assert_eq!(weights[0], weights[1]);
    assert_ne!(weights[0], weights[2]);
    assert_eq!(theoretical_cost(&graph).parameters.weights, 2 * 9);
}

#[test]
fn other_domains_are_refused_by_name() {
    let mut model = Model::new(&[0, 3]).node("Relu", "x -> y", vec![text("mode", "fast")]);
    model.graph.node[0].domain = Some("com.microsoft".to_owned());
    let error = model.error().to_string();
    assert!(error.contains("com.microsoft.Relu"), "{error}");
}

/// However large the other dimensions of a constant without elements are, nothing is worked out.
#[test]
fn constants_without_elements() {
    for (op_type, operands, attributes) in [
        ("Concat", "w w", vec![integer("axis", 1)]),
        (
            "Slice",
            "w",
            vec![integers("starts", &[1]), integers("ends", &[i64::MAX])],
        ),
        ("Transpose", "w", vec![]),
        ("Neg", "w", vec![]),
        ("ReduceSum", "w", vec![integers("axes", &[1])]),
        ("Pad", "w", vec![integers("pads", &[0, 0, 1, 0])]),
    ] {
        let model = Model::new(&[0, 3])
            .opset(9)
            .numbers("w", &[1 << 40, 0], &[])
            .node(op_type, &format!("{operands} -> c"), attributes)
            .node("Relu", "x -> y", vec![]);
        let result = model.import(1);
        let is_bounded = matches!(
            result,
            Ok(_) | Err(OnnxError::Unsupported { .. } | OnnxError::Invalid { .. })
        );
        assert!(is_bounded, "{op_type}: {result:?}");
    }
}

/// Figures of a network do not depend on its weights, nor on there being any.
#[test]
fn published_networks_without_weights() {
    let Some(path) = reference::network("zoo/README.md") else {
        return;
    };
    let files = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder");
    for file in files.map(|file| file.expect("a file").path()) {
        if file.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        let bytes = std::fs::read(&file).expect("a file");
        let mut model = ModelProto::decode(bytes.as_slice()).expect("a model");
        let mut filled = 0;
        for tensor in &mut model.graph.as_mut().expect("a graph").initializer {
            let elements = tensor.dims.iter().product::<i64>() as usize;
            let has_raw = tensor.raw_data.as_ref().is_some_and(|raw| !raw.is_empty());
            let is_stripped = tensor.data_type == Some(data_type::FLOAT)
                && !has_raw
                && tensor.float_data.is_empty()
                && elements > 0;
            if is_stripped {
                tensor.data_location = None;
                tensor.external_data.clear();
                tensor.raw_data = Some(0.01_f32.to_le_bytes().repeat(elements).into());
                filled += 1;
            }
        }
        assert!(filled > 0, "{}", file.display());
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let with = OnnxFile::from_bytes(&name, model.encode_to_vec())
            .expect("a model")
            .import(1);
        let without = OnnxFile::open(&file).expect("a model").import(1);
        match (with, without) {
            (Ok(with), Ok(without)) => {
                assert_eq!(with.graph, without.graph, "{name}");
                assert!(
                    without
                        .weights
                        .iter()
                        .any(|(_, weight)| weight.missing().is_some())
                );
            }
            (Err(with), Err(without)) => assert_eq!(with.to_string(), without.to_string(), "{name}"),
            _ => panic!("{name} needs its weights, or must not have any"),
        }
    }
}

/// A value that is put out under two names is put out twice, and an input that nobody reads is fed all the same.
#[test]
fn several_inputs_and_outputs() {
    let mut model = Model::new(&[0, 3])
        .node("Relu", "x -> y", vec![])
        .node("Identity", "y -> z", vec![]);
    model.graph.input.push(value("unread", &[0, 5]));
    model.graph.output.push(value("z", &[]));
    let file = OnnxFile::from_bytes("test", model.bytes()).expect("a model");
    assert_eq!(
        (file.inputs(), file.outputs()),
        (vec!["x", "unread"], vec!["y", "z"])
    );
    let graph = file.import(2).expect("a network").graph;
    assert_eq!(graph.inputs.len(), 2);
    assert_eq!(graph.outputs.len(), 2);
    assert_eq!(graph.outputs[0], graph.outputs[1]);
}

#[test]
fn products_and_sums_of_constants() {
    let square = || Model::new(&[0, 2, 2]).numbers("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(folded(square(), "MatMul", "w w", vec![]), [7.0, 10.0, 15.0, 22.0]);
    let batches = square().numbers("v", &[2, 2, 1], &[1.0, 0.0, 0.0, 1.0]);
    let (shape, values) = added(batches.node("MatMul", "w v -> c", vec![]));
    assert_eq!(shape[shape.len() - 3..], [2, 2, 1]);
    assert_eq!(values, [1.0, 3.0, 2.0, 4.0]);
    let gemm = |attributes| folded(square(), "Gemm", "w w w", attributes);
    assert_eq!(gemm(vec![]), [8.0, 12.0, 18.0, 26.0]);
    let transposed = vec![integer("transA", 1), number("alpha", 2.0), number("beta", 0.0)];
    assert_eq!(gemm(transposed), [20.0, 28.0, 28.0, 40.0]);
    let along = || square().integers("axis", &[1]);
    assert_eq!(folded(along(), "CumSum", "w axis", vec![]), [1.0, 3.0, 3.0, 7.0]);
    let backwards = vec![integer("reverse", 1), integer("exclusive", 1)];
    assert_eq!(
        folded(along(), "CumSum", "w axis", backwards),
        [2.0, 0.0, 4.0, 0.0]
    );
}

/// Exporters put tables together by writing into parts of them.
#[test]
fn parts_of_constants_by_index() {
    let mut model = Model::new(&[0, 3, 2])
        .numbers("w", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .numbers("u", &[1, 2], &[7.0, 8.0]);
    model.graph.initializer.push(TensorProto {
        name: Some("at".to_owned()),
        dims: vec![1, 1],
        data_type: Some(data_type::INT64),
        int64_data: vec![-1],
        ..TensorProto::default()
    });
    let scattered = |reduction| {
        let model = Model {
            opset: 18,
            graph: model.graph.clone(),
        };
        folded(model, "ScatterND", "w at u", reduction)
    };
    assert_eq!(scattered(vec![]), [1.0, 2.0, 3.0, 4.0, 7.0, 8.0]);
    let sum = vec![text("reduction", "add")];
    assert_eq!(scattered(sum), [1.0, 2.0, 3.0, 4.0, 12.0, 14.0]);
    let (shape, values) = added(model.node("GatherND", "w at -> c", vec![]));
    assert_eq!((shape.last(), values), (Some(&2), vec![5.0, 6.0]));
}

/// Tails that pick from results are not part of what is simulated, and can be cut off.
#[test]
fn tails_that_pick_are_refused_with_what_to_do() {
    for op_type in ["ArgMax", "TopK", "NonMaxSuppression"] {
        let error = Model::new(&[0, 3])
            .node(op_type, "x -> y", vec![])
            .error()
            .to_string();
        assert!(error.contains("cut"), "{error}");
    }
}

/// A view that an exporter writes as indices of all elements is one for any batch; some of them are not.
#[test]
fn views_by_index_follow_the_batch() {
    let model = |indices: &[i64], shape: &[i64]| {
        let mut model = Model::new(&[2, 3]).integers("flat", &[-1]);
        model.graph.initializer.push(TensorProto {
            name: Some("all".to_owned()),
            dims: shape.to_vec(),
            data_type: Some(data_type::INT64),
            int64_data: indices.to_vec(),
            ..TensorProto::default()
        });
        model
            .node("Reshape", "x flat -> f", vec![])
            .node("Gather", "f all -> g", vec![])
            .node("Relu", "g -> y", vec![])
    };
    for batch in [1, 2, 5] {
        let graph = model(&[0, 1, 2, 3, 4, 5], &[2, 1, 3])
            .import(batch)
            .expect("a network");
        assert_eq!(graph.tensor(graph.outputs[0]).shape, [batch, 1, 3]);
    }
    let some = model(&[0, 1, 2], &[1, 3]);
    assert!(matches!(some.import(5), Err(OnnxError::Batch { .. })));
}
