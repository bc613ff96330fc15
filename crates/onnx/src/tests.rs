//! Small models, made here, that hold one thing each.

mod folding;
mod movements;
mod pools;
mod products;
mod resize;
mod transposed;

use prost::Message;
use tilesim_graph::{Activation, Binary, Graph, NormKind, OpKind, PoolKind, Reduction, Scalar};

use super::{
    OnnxError, OnnxFile,
    proto::{
        AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
        TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, data_type,
    },
};

/// A model with an input `x` and an output `y`.
struct Model {
    opset: i64,
    graph: GraphProto,
}

/// An attribute: a whole number, a number, a text or a list of whole numbers.
fn attribute(name: &str, of: AttributeProto) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ..of
    }
}

fn integers(name: &str, values: &[i64]) -> AttributeProto {
    attribute(
        name,
        AttributeProto {
            ints: values.to_vec(),
            ..AttributeProto::default()
        },
    )
}

fn integer(name: &str, value: i64) -> AttributeProto {
    attribute(
        name,
        AttributeProto {
            i: Some(value),
            ..AttributeProto::default()
        },
    )
}

fn number(name: &str, value: f32) -> AttributeProto {
    attribute(
        name,
        AttributeProto {
            f: Some(value),
            ..AttributeProto::default()
        },
    )
}

fn text(name: &str, value: &'static str) -> AttributeProto {
    attribute(
        name,
        AttributeProto {
            s: Some(value.into()),
            ..AttributeProto::default()
        },
    )
}

fn value(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape.iter().map(|&size| DimensionProto {
        dim_value: (size != 0).then_some(size),
        dim_param: (size == 0).then(|| "N".to_owned()),
    });
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: Some(data_type::FLOAT),
                shape: Some(TensorShapeProto { dim: dim.collect() }),
            }),
        }),
    }
}

impl Model {
    /// `x` has this shape, with 0 for a size that has a name.
    fn new(shape: &[i64]) -> Self {
        Self {
            opset: 17,
            graph: GraphProto {
                input: vec![value("x", shape)],
                output: vec![value("y", &[])],
                ..GraphProto::default()
            },
        }
    }

    fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    /// A node from `inputs -> output`.
    fn node(mut self, op_type: &str, operands: &str, attributes: Vec<AttributeProto>) -> Self {
        let (inputs, output) = operands.split_once("->").expect("operands -> result");
        self.graph.node.push(NodeProto {
            op_type: Some(op_type.to_owned()),
            input: inputs
                .split_whitespace()
                .map(|name| name.replace('_', ""))
                .collect(),
            output: output.split_whitespace().map(str::to_owned).collect(),
            attribute: attributes,
            ..NodeProto::default()
        });
        self
    }

    fn numbers(mut self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        let elements = shape.iter().product::<i64>() as usize;
        self.graph.initializer.push(TensorProto {
            name: Some(name.to_owned()),
            dims: shape.to_vec(),
            data_type: Some(data_type::FLOAT),
            float_data: values.iter().copied().cycle().take(elements).collect(),
            ..TensorProto::default()
        });
        self
    }

    fn integers(mut self, name: &str, values: &[i64]) -> Self {
        self.graph.initializer.push(TensorProto {
            name: Some(name.to_owned()),
            dims: vec![values.len() as i64],
            data_type: Some(data_type::INT64),
            int64_data: values.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    fn bytes(self) -> Vec<u8> {
        ModelProto {
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: None,
                version: Some(self.opset),
            }],
        }
        .encode_to_vec()
    }

    fn import(self, batch: u64) -> Result<Graph, OnnxError> {
        Ok(OnnxFile::from_bytes("test", self.bytes())?.import(batch)?.graph)
    }

    /// What the graph computes.
    fn kinds(self) -> Vec<OpKind> {
        let graph = self.import(2).expect("an imported network");
        graph.ops.into_iter().map(|op| op.kind).collect()
    }

    /// The error of a model that cannot be imported.
    fn error(self) -> OnnxError {
        self.import(2).expect_err("an error")
    }
}

#[test]
fn activations_that_are_spelled_out() {
    let image = || Model::new(&[0, 3, 4, 4]);
    let numbers = |model: Model, values: &[(&str, f32)]| {
        values
            .iter()
            .fold(model, |model, &(name, value)| model.numbers(name, &[], &[value]))
    };
    let swish = image()
        .node("Sigmoid", "x -> s", vec![])
        .node("Mul", "s x -> y", vec![]);
    let hard_swish = image()
        .node("HardSigmoid", "x -> s", vec![number("alpha", 1.0 / 6.0)])
        .node("Mul", "x s -> y", vec![]);
    let of_parts = numbers(image(), &[("three", 3.0), ("zero", 0.0), ("six", 6.0)])
        .node("Add", "x three -> a", vec![])
        .node("Clip", "a zero six -> b", vec![])
        .node("Mul", "x b -> c", vec![])
        .node("Div", "c six -> y", vec![]);
    let hard_sigmoid = numbers(image(), &[("three", 3.0), ("zero", 0.0), ("six", 6.0)])
        .node("Add", "x three -> a", vec![])
        .node("Clip", "a zero six -> b", vec![])
        .node("Div", "b six -> y", vec![]);
    let relu6 = numbers(image(), &[("zero", 0.0), ("six", 6.0)]).node("Clip", "x zero six -> y", vec![]);
    let gelu = |last: [&str; 2]| {
        numbers(
            image(),
            &[("root", std::f32::consts::SQRT_2), ("one", 1.0), ("half", 0.5)],
        )
        .node("Div", "x root -> a", vec![])
        .node("Erf", "a -> b", vec![])
        .node("Add", "b one -> c", vec![])
        .node("Mul", last[0], vec![])
        .node("Mul", last[1], vec![])
    };
    let mish = image()
        .node("Softplus", "x -> a", vec![])
        .node("Tanh", "a -> b", vec![])
        .node("Mul", "x b -> y", vec![]);
    let quick_gelu = numbers(image(), &[("rate", 1.5)])
        .node("Mul", "x rate -> a", vec![])
        .node("Sigmoid", "a -> b", vec![])
        .node("Mul", "x b -> y", vec![]);
    let gelu_tanh = |first: &[(&str, &str)], last: [&str; 2]| {
        let constants = [
            ("cube", 0.044_715),
            ("three", 3.0),
            ("root", std::f32::consts::FRAC_2_PI.sqrt()),
            ("one", 1.0),
            ("half", 0.5),
        ];
        let model = first
            .iter()
            .fold(numbers(image(), &constants), |model, (op_type, operands)| {
                model.node(op_type, operands, vec![])
            });
        model
            .node("Mul", "e root -> f", vec![])
            .node("Tanh", "f -> g", vec![])
            .node("Add", "g one -> c", vec![])
            .node("Mul", last[0], vec![])
            .node("Mul", last[1], vec![])
    };
    let cubed = [
        ("Pow", "x three -> b"),
        ("Mul", "b cube -> d"),
        ("Add", "x d -> e"),
    ];
    let squared = [
        ("Mul", "x x -> b"),
        ("Mul", "b cube -> d"),
        ("Add", "d one -> h"),
        ("Mul", "x h -> e"),
    ];
    let bounded = |model: Model| {
        numbers(model, &[("zero", 0.0), ("six", 6.0)])
            .node("Max", "x zero -> a", vec![])
            .node("Min", "a six -> y", vec![])
    };
    let bounded_from_above = numbers(image(), &[("zero", 0.0), ("six", 6.0)])
        .node("Min", "six x -> a", vec![])
        .node("Max", "zero a -> y", vec![]);
    for (model, expected) in [
        (mish, Activation::Mish),
        (
            quick_gelu,
            Activation::ScaledSwish {
                rate: Scalar::new(1.5),
            },
        ),
        (
            gelu_tanh(&cubed, ["x half -> i", "i c -> y"]),
            Activation::GeluTanh,
        ),
        (
            gelu_tanh(&cubed, ["x c -> i", "i half -> y"]),
            Activation::GeluTanh,
        ),
        (
            gelu_tanh(&squared, ["c half -> i", "x i -> y"]),
            Activation::GeluTanh,
        ),
        (bounded(image()), Activation::Relu6),
        (bounded_from_above, Activation::Relu6),
        (swish, Activation::Swish),
        (hard_swish, Activation::HardSwish),
        (of_parts, Activation::HardSwish),
        (hard_sigmoid, Activation::HardSigmoid),
        (relu6, Activation::Relu6),
        (gelu(["x c -> d", "d half -> y"]), Activation::Gelu),
        (gelu(["x half -> d", "d c -> y"]), Activation::Gelu),
        (gelu(["c half -> d", "x d -> y"]), Activation::Gelu),
    ] {
        assert_eq!(model.kinds(), [OpKind::Activation(expected)]);
    }
}

/// What no pattern takes is an operator of its own.
#[test]
fn parts_of_patterns_that_stand_alone() {
    let alone = |op_type: &str| Model::new(&[0, 3, 4, 4]).node(op_type, "x -> y", vec![]).kinds();
    for (op_type, expected) in [
        ("Sqrt", Activation::SquareRoot),
        ("Erf", Activation::ErrorFunction),
        ("Reciprocal", Activation::Reciprocal),
    ] {
        assert_eq!(alone(op_type), [OpKind::Activation(expected)]);
    }
    let power = |exponent: f32| {
        Model::new(&[0, 3, 4, 4])
            .numbers("exponent", &[], &[exponent])
            .node("Pow", "x exponent -> y", vec![])
            .kinds()
    };
    assert_eq!(power(2.0), [OpKind::Activation(Activation::Square)]);
    let exponent = Scalar::new(1.5);
    assert_eq!(power(1.5), [OpKind::Activation(Activation::Power { exponent })]);
    let mean = Model::new(&[0, 3, 4, 4]).node("ReduceMean", "x -> y", vec![integers("axes", &[-3, -2, -1])]);
    assert_eq!(mean.kinds(), [OpKind::Reduce(Reduction::Mean)]);
}

#[test]
fn slopes_of_channels_and_single_ones() {
    let of = |shape: &[i64], slopes: &[f32]| {
        Model::new(&[0, 2, 4, 4])
            .numbers("slope", shape, slopes)
            .node("PRelu", "x slope -> y", vec![])
    };
    let slope = Scalar::new(0.25);
    let single = of(&[1], &[0.25]).kinds();
    assert_eq!(single, [OpKind::Activation(Activation::LeakyRelu { slope })]);
    let by_channel = of(&[2, 1, 1], &[0.25, 0.5]).kinds();
    assert_eq!(by_channel.len(), 4);
    assert_eq!(by_channel[3], OpKind::Binary(Binary::Add));
    assert!(
        of(&[3, 1, 1], &[0.25]).import(1).is_err(),
        "three slopes for two channels"
    );
    assert!(
        of(&[2, 2, 1, 1], &[0.25]).import(1).is_err(),
        "more samples than there are"
    );
}

#[test]
fn functions_of_several_operands() {
    let mean = Model::new(&[0, 3, 4, 4])
        .numbers("c", &[3, 1, 1], &[0.5])
        .node("Relu", "x -> a", vec![])
        .node("Mean", "c a x -> y", vec![])
        .kinds();
    let [
        OpKind::Activation(_),
        OpKind::Binary(Binary::Add),
        OpKind::Binary(Binary::Add),
        OpKind::Scale { factor },
    ] = mean.as_slice()
    else {
        panic!("{mean:?}");
    };
    assert!((factor - 1.0 / 3.0).abs() < 1e-12);
    let one = Model::new(&[0, 3])
        .node("Sum", "x -> a", vec![])
        .node("Relu", "a -> y", vec![]);
    assert_eq!(one.kinds(), [OpKind::Activation(Activation::Relu)]);
}

#[test]
fn norms_that_are_spelled_out() {
    let group = Model::new(&[0, 4, 2, 2])
        .integers("grouped", &[0, 2, -1])
        .integers("axes", &[1, 2])
        .numbers("ones", &[2], &[1.0])
        .numbers("zeros", &[2], &[0.0])
        .numbers("gamma", &[4], &[0.5, 2.0])
        .numbers("beta", &[4], &[0.1])
        .node("Shape", "x -> shape", vec![])
        .node("Reshape", "x grouped -> a", vec![])
        .node(
            "InstanceNormalization",
            "a ones zeros -> b",
            vec![number("epsilon", 1e-3)],
        )
        .node("Reshape", "b shape -> c", vec![])
        .node("Unsqueeze", "gamma axes -> g", vec![])
        .node("Mul", "c g -> d", vec![])
        .node("Unsqueeze", "beta axes -> h", vec![])
        .node("Add", "d h -> y", vec![]);
    let mean = || vec![integers("axes", &[1, 2, 3])];
    let layer = Model::new(&[0, 4, 2, 2])
        .numbers("two", &[], &[2.0])
        .numbers("epsilon", &[], &[1e-3])
        .numbers("gamma", &[4, 1, 1], &[0.5, 2.0])
        .numbers("beta", &[4, 1, 1], &[0.1])
        .node("ReduceMean", "x -> mean", mean())
        .node("Sub", "x mean -> c", vec![])
        .node("Pow", "c two -> square", vec![])
        .node("ReduceMean", "square -> variance", mean())
        .node("Add", "variance epsilon -> v", vec![])
        .node("Sqrt", "v -> d", vec![])
        .node("Div", "c d -> n", vec![])
        .node("Mul", "n gamma -> m", vec![])
        .node("Add", "m beta -> y", vec![]);
    for (model, groups) in [(group, 2), (layer, 1)] {
        let kinds = model.kinds();
        let [OpKind::Norm(norm)] = kinds.as_slice() else {
            panic!("{kinds:?}");
        };
        assert_eq!(norm.kind, NormKind::contiguous(groups));
        assert!((norm.epsilon - 1e-3).abs() < 1e-9 && norm.gamma && norm.beta);
    }
}

/// Over the batch too it is no norm of samples, be the batch one.
#[test]
fn norms_over_the_batch_stay_in_parts() {
    for (shape, axes) in [
        (vec![3, 5, 2, 4], vec![0, 1, 2, 3]),
        (vec![0, 5, 2, 4], vec![-4, 1, 2, 3]),
        (vec![1, 5], vec![0, 1]),
        (vec![3, 5, 4], vec![]),
        (vec![4], vec![0]),
    ] {
        let mean = || match axes.as_slice() {
            [] => vec![],
            axes => vec![integers("axes", axes)],
        };
        let graph = Model::new(&shape)
            .numbers("epsilon", &[], &[1e-3])
            .node("ReduceMean", "x -> mean", mean())
            .node("Sub", "x mean -> c", vec![])
            .node("Mul", "c c -> square", vec![])
            .node("ReduceMean", "square -> variance", mean())
            .node("Add", "variance epsilon -> v", vec![])
            .node("Sqrt", "v -> d", vec![])
            .node("Div", "c d -> y", vec![])
            .import(shape[0].max(1).cast_unsigned())
            .expect("a network");
        let kinds: Vec<OpKind> = graph.ops.into_iter().map(|op| op.kind).collect();
        let means = kinds
            .iter()
            .filter(|kind| **kind == OpKind::Reduce(Reduction::Mean));
        assert_eq!(means.count(), 2, "{shape:?} over {axes:?}: {kinds:?}");
    }
}

/// A file that states one image joins images as one that states two does.
#[test]
fn what_joins_images_has_no_other_batch() {
    for op_type in ["ReduceMean", "ReduceMin", "ReduceL2"] {
        let model = |axes: &[i64]| {
            Model::new(&[1, 5, 2])
                .node(op_type, "x -> r", vec![integers("axes", axes)])
                .node("Add", "x r -> y", vec![])
        };
        for axes in [[0, 1], [-3, 2]] {
            assert!(model(&axes).import(1).is_ok());
            let error = model(&axes).import(3).expect_err("no other batch");
            assert!(matches!(error, OnnxError::Batch { asked: 3, .. }), "{error}");
        }
        assert!(model(&[1, 2]).import(3).is_ok());
    }
}

/// Exported as it trains, a batch norm takes the statistics of the batch; the moving ones go unread.
#[test]
fn batch_norms_that_train() {
    let model = |training| {
        ["scale", "shift", "mean", "variance"]
            .iter()
            .fold(Model::new(&[0, 3, 4, 4]), |model, name| {
                model.numbers(name, &[3], &[0.5])
            })
            .node(
                "BatchNormalization",
                "x scale shift mean variance -> y m v",
                vec![integer("training_mode", training)],
            )
    };
    for (training, kind, operands) in [(0, NormKind::Batch, 5), (1, NormKind::CurrentBatch, 3)] {
        let graph = model(training).import(2).expect("an imported network");
        assert!(
            matches!(&graph.ops[0].kind, OpKind::Norm(norm) if norm.kind == kind),
            "{training}"
        );
        assert_eq!(graph.ops[0].inputs.len(), operands);
    }
}

#[test]
fn an_operator_that_is_not_imported_is_named() {
    let error = Model::new(&[0, 3, 4, 4])
        .node("Hardmax", "x -> y", vec![])
        .error();
    let OnnxError::Unsupported {
        node, op_type, opset, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((node.as_str(), op_type.as_str(), *opset), ("y", "Hardmax", 17));
}

#[test]
fn padding_of_every_kind() {
    let padded = |attributes: Vec<AttributeProto>| {
        let strides = [vec![integers("strides", &[2, 2])], attributes].concat();
        let model = Model::new(&[0, 3, 6, 6]).numbers("w", &[4, 3, 3, 3], &[1.0]);
        match model.node("Conv", "x w -> y", strides).kinds().as_slice() {
            [OpKind::Convolution(of)] => (
                of.padding_lower.to_vec(),
                of.padding_upper.to_vec(),
                of.output().to_vec(),
            ),
            kinds => panic!("{kinds:?}"),
        }
    };
    assert_eq!(
        padded(vec![integers("pads", &[0, 1, 2, 3])]),
        (vec![0, 1], vec![2, 3], vec![3, 4])
    );
    assert_eq!(
        padded(vec![text("auto_pad", "SAME_UPPER")]),
        (vec![0, 0], vec![1, 1], vec![3, 3])
    );
    assert_eq!(
        padded(vec![text("auto_pad", "SAME_LOWER")]),
        (vec![1, 1], vec![0, 0], vec![3, 3])
    );
    assert_eq!(
        padded(vec![text("auto_pad", "VALID")]),
        (vec![0, 0], vec![0, 0], vec![2, 2])
    );
}

#[test]
fn pad_nodes_move_into_what_reads_them() {
    let pads = [0, 0, 0, 1, 0, 0, 1, 2];
    let convolution = Model::new(&[0, 3, 6, 6])
        .integers("pads", &pads)
        .numbers("w", &[4, 3, 3, 3], &[1.0])
        .node("Pad", "x pads -> p", vec![])
        .node("Conv", "p w -> y", vec![integers("pads", &[1, 1, 1, 1])]);
    match convolution.kinds().as_slice() {
        [OpKind::Convolution(of)] => {
            assert_eq!(
                (of.padding_lower.as_slice(), of.padding_upper.as_slice()),
                ([1, 2].as_slice(), [2, 3].as_slice())
            );
        }
        kinds => panic!("{kinds:?}"),
    }
    let average = Model::new(&[0, 3, 6, 6])
        .integers("pads", &pads)
        .node("Pad", "x pads -> p", vec![])
        .node("AveragePool", "p -> y", vec![integers("kernel_shape", &[2, 2])]);
    match average.kinds().as_slice() {
        [OpKind::Pool(pool)] => assert!(pool.count_include_pad && pool.padding_upper == [1, 2]),
        kinds => panic!("{kinds:?}"),
    }
    let alone = Model::new(&[0, 3, 6, 6])
        .integers("pads", &pads)
        .node("Pad", "x pads -> p", vec![])
        .node("Relu", "p -> y", vec![]);
    assert!(matches!(
        alone.kinds().as_slice(),
        [OpKind::Rearrange(_), OpKind::Activation(_)]
    ));
}

#[test]
fn pools_that_round_up() {
    let pool = |kernel: i64, ceil: i64| {
        let attributes = vec![
            integers("kernel_shape", &[kernel, kernel]),
            integers("strides", &[2, 2]),
            integer("ceil_mode", ceil),
        ];
        let graph = Model::new(&[0, 3, 6, 6])
            .node("MaxPool", "x -> y", attributes)
            .import(1)
            .expect("a network");
        graph.tensor(graph.outputs[0]).shape[2]
    };
    assert_eq!((pool(3, 0), pool(3, 1), pool(2, 1), pool(1, 1)), (2, 3, 3, 3));
}

#[test]
fn shape_arithmetic_is_folded() {
    // view(x.shape[0], -1), with the size taken out of the shape.
    let model = Model::new(&[0, 3, 2, 2])
        .integers("first", &[0])
        .integers("rest", &[-1])
        .node("Shape", "x -> shape", vec![])
        .node("Gather", "shape first -> n", vec![integer("axis", 0)])
        .node("Concat", "n rest -> target", vec![integer("axis", 0)])
        .node("Cast", "target -> target64", vec![integer("to", 7)])
        .node("Reshape", "x target64 -> y", vec![]);
    let graph = model.import(5).expect("a network");
    assert_eq!(graph.tensor(graph.outputs[0]).shape, [5, 12]);
}

#[test]
fn matrix_products_become_fully_connected() {
    let product = Model::new(&[0, 3])
        .numbers("w", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .numbers("b", &[2], &[1.0])
        .node("MatMul", "x w -> m", vec![])
        .node("Add", "m b -> y", vec![]);
    let model = OnnxFile::from_bytes("test", product.bytes())
        .expect("a model")
        .import(1)
        .expect("a network");
    assert_eq!(model.graph.ops.len(), 1);
    assert_eq!(model.graph.ops[0].inputs.len(), 3);
    let weights = model.weights.get("w").expect("weights");
    assert_eq!(
        (weights.shape(), weights.to_f32().expect("data")),
        ([2, 3].as_slice(), vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0])
    );
}

#[test]
fn a_sum_that_others_read_too_stays_one() {
    let model = Model::new(&[0, 3, 2, 2])
        .numbers("w", &[3, 3, 1, 1], &[1.0])
        .numbers("b", &[3, 1, 1], &[1.0])
        .node("Conv", "x w -> c", vec![])
        .node("Add", "c b -> d", vec![])
        .node("Add", "c d -> y", vec![]);
    let convolutions = model
        .kinds()
        .into_iter()
        .filter(|kind| matches!(kind, OpKind::Convolution(_)));
    assert_eq!(convolutions.count(), 1);
}

#[test]
fn concatenation_and_whole_windows() {
    let kinds = Model::new(&[0, 3, 2, 2])
        .node("Concat", "x x -> c", vec![integer("axis", -3)])
        .node("AveragePool", "c -> y", vec![integers("kernel_shape", &[2, 2])])
        .kinds();
    assert!(
        matches!(kinds.as_slice(), [OpKind::Rearrange(by), OpKind::GlobalAveragePool] if by.shape() == [2, 6, 2, 2]),
        "{kinds:?}"
    );
    let kinds = Model::new(&[0, 3, 2, 2])
        .node("GlobalMaxPool", "x -> y", vec![])
        .kinds();
    assert!(
        matches!(kinds.as_slice(), [OpKind::Pool(pool)] if pool.kind == PoolKind::Max && pool.kernel == [2, 2])
    );
}

#[test]
fn unsupported_operators_name_node_type_opset_and_what_is_supported() {
    let error = Model::new(&[0, 3, 2, 2])
        .node("LSTM", "x -> y", vec![])
        .error()
        .to_string();
    for part in ["`y`", "LSTM", "opset 17", "tilesim models --operators"] {
        assert!(error.contains(part), "{error}");
    }
    for opset in [6, 25, -1, i64::MAX] {
        let error = Model::new(&[0, 3])
            .opset(opset)
            .node("Relu", "x -> y", vec![])
            .error();
        assert!(matches!(error, OnnxError::Opset { opset: Some(got), .. } if got == opset));
    }
}

#[test]
fn what_is_not_sound_is_an_error() {
    let image = || Model::new(&[0, 3, 4, 4]);
    let relu = |model: Model| model.node("Relu", "x -> y", vec![]);
    let convolution = |shape: &[i64], attributes| {
        image()
            .numbers("w", shape, &[1.0])
            .node("Conv", "x w -> y", attributes)
    };
    for (what, model) in [
        ("negative size", relu(Model::new(&[0, -3, 4, 4]))),
        ("huge size", relu(Model::new(&[0, i64::MAX, i64::MAX, 4]))),
        ("no dimensions", relu(Model::new(&[]))),
        ("undefined", image().node("Relu", "z -> y", vec![])),
        ("no output", relu(image()).node("Relu", "x -> y", vec![])),
        (
            "cycle",
            image()
                .node("Add", "x b -> a", vec![])
                .node("Relu", "a -> b", vec![]),
        ),
        ("too few channels", convolution(&[4, 2, 3, 3], vec![])),
        ("kernel too large", convolution(&[4, 3, 5, 5], vec![])),
        (
            "no stride",
            convolution(&[4, 3, 3, 3], vec![integers("strides", &[0, 1])]),
        ),
        (
            "negative dilation",
            convolution(&[4, 3, 3, 3], vec![integers("dilations", &[-1, 1])]),
        ),
        (
            "huge padding",
            convolution(&[4, 3, 3, 3], vec![integers("pads", &[i64::MIN, 0, i64::MAX, 0])]),
        ),
        (
            "too few pads",
            convolution(&[4, 3, 3, 3], vec![integers("pads", &[1, 1])]),
        ),
        ("no groups", convolution(&[4, 3, 3, 3], vec![integer("group", 0)])),
        (
            "unknown padding",
            convolution(&[4, 3, 3, 3], vec![text("auto_pad", "MAYBE")]),
        ),
        (
            "wrong reshape",
            image()
                .integers("to", &[-1, 7])
                .node("Reshape", "x to -> y", vec![]),
        ),
        (
            "huge constant",
            image()
                .integers("to", &[1 << 40, 1 << 40])
                .node("ConstantOfShape", "to -> c", vec![])
                .node("Mul", "x c -> y", vec![]),
        ),
        (
            "overflow",
            image()
                .integers("large", &[i64::MAX])
                .node("Add", "large large -> to", vec![])
                .node("Reshape", "x to -> y", vec![]),
        ),
        (
            "division by zero",
            image()
                .integers("zero", &[0])
                .node("Div", "zero zero -> to", vec![])
                .node("Reshape", "x to -> y", vec![]),
        ),
        (
            "axis",
            image().node("Softmax", "x -> y", vec![integer("axis", i64::MIN)]),
        ),
        (
            "flatten",
            image().node("Flatten", "x -> y", vec![integer("axis", i64::MIN)]),
        ),
    ] {
        assert!(model.import(1).is_err(), "{what}");
    }
    assert!(matches!(relu(image()).import(0), Err(OnnxError::EmptyBatch)));
    assert!(relu(image()).import(u64::MAX).is_err());
}

/// Up to opset 12 softmax takes all dimensions from its axis on together, and then its axis alone, by default the last.
#[test]
fn softmax_is_over_what_the_opset_says() {
    for (opset, axis, expected) in [
        (11, None, 1..4),
        (11, Some(-1), 3..4),
        (12, Some(2), 2..4),
        (13, None, 3..4),
        (13, Some(1), 1..2),
        (13, Some(-2), 2..3),
    ] {
        let axis = axis.map(|axis| integer("axis", axis)).into_iter().collect();
        let model = Model {
            opset,
            ..Model::new(&[0, 3, 4, 4]).node("Softmax", "x -> y", axis)
        };
        let graph = model.import(1).expect("a network");
        assert_eq!(
            graph.ops[0].kind,
            OpKind::Softmax { axes: expected },
            "opset {opset}"
        );
    }
}

/// A size of −1 is open; no other is that is not positive.
#[test]
fn sizes_that_are_none_are_named() {
    let of = |size: i64| {
        let mut model = Model::new(&[0, 3, 4]).node("Relu", "x -> y", vec![]);
        let tensor = model.graph.input[0]
            .r#type
            .as_mut()
            .and_then(|of| of.tensor_type.as_mut());
        let shape = tensor.and_then(|tensor| tensor.shape.as_mut()).expect("a shape");
        shape.dim[2].dim_value = Some(size);
        model.error().to_string()
    };
    for size in [-3, 0, i64::MIN] {
        let error = of(size);
        assert!(
            error.contains(&format!("`x`: dimension 2 of this input has size {size}")),
            "{error}"
        );
    }
    assert!(of(-1).contains("open"), "{}", of(-1));
}

#[test]
fn cut_files_are_errors() {
    let bytes = Model::new(&[0, 3, 4, 4])
        .numbers("w", &[4, 3, 3, 3], &[1.0])
        .node("Conv", "x w -> y", vec![])
        .bytes();
    for length in 0..bytes.len() {
        let result = OnnxFile::from_bytes("test", bytes[..length].to_vec()).and_then(|file| file.import(1));
        assert!(result.is_err(), "{length}");
    }
    // A message that claims more bytes than there are.
    let claim = vec![0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(matches!(
        OnnxFile::from_bytes("test", claim),
        Err(OnnxError::Decode(_))
    ));
}

#[test]
fn nested_graphs_do_not_recurse() {
    // A graph in an attribute of a node of a graph …: nodes are field 1, attributes field 5, their graphs field 6.
    let mut graph = Vec::new();
    for field in [6, 5, 1].into_iter().cycle().take(9_000) {
        let mut outer = vec![field << 3 | 2];
        prost::encoding::encode_varint(graph.len() as u64, &mut outer);
        outer.append(&mut graph);
        graph = outer;
    }
    let mut model = Model::new(&[0, 3]).node("Relu", "x -> y", vec![]).bytes();
    // A second graph is merged into the first.
    model.push(7 << 3 | 2);
    prost::encoding::encode_varint(graph.len() as u64, &mut model);
    model.append(&mut graph);
    let result = OnnxFile::from_bytes("test", model).and_then(|file| file.import(1));
    assert!(result.is_err(), "the second graph's node has no operator");
}
