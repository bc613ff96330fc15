//! Products of two tensors: matrices one by one, by names of dimensions, and for another batch.

use tilesim_graph::{
    Graph, OpKind,
    reference::{Precision, Tensor, Tensors, evaluate},
};

use super::{Model, integer, integers, text, value};
use crate::{Bindings, OnnxFile};

/// A tensor of different small numbers.
fn tensor(shape: &[i64], seed: u64) -> Tensor {
    let elements: i64 = shape.iter().product();
    Tensor {
        shape: shape.iter().map(|&size| size as u64).collect(),
        values: (0..elements as u64)
            .map(|index| ((index * 7 + seed * 5) % 11) as f64 - 5.0)
            .collect(),
    }
}

impl Model {
    /// Another input.
    fn input(mut self, name: &str, shape: &[i64]) -> Self {
        self.graph.input.push(value(name, shape));
        self
    }

    /// `y` of these inputs.
    fn result(self, given: &[(&str, Tensor)]) -> Tensor {
        let file = OnnxFile::from_bytes("test", self.bytes()).expect("a file");
        let graph = file.import_bound(&Bindings::default()).expect("a network").graph;
        evaluated(&graph, given)
    }

    /// The same for another batch than the one that is stated.
    fn result_of_batch(self, batch: u64, given: &[(&str, Tensor)]) -> Tensor {
        evaluated(&self.import(batch).expect("a network"), given)
    }
}

fn evaluated(graph: &Graph, given: &[(&str, Tensor)]) -> Tensor {
    let given: Tensors = given
        .iter()
        .map(|(name, tensor)| ((*name).to_owned(), tensor.clone()))
        .collect();
    let values = evaluate(graph, &given, Precision::Double).expect("values");
    values[&graph.tensor(graph.outputs[0]).name].clone()
}

/// The element at an index whose dimensions are stretched from 1.
fn at(tensor: &Tensor, index: &[u64]) -> f64 {
    let own = &index[index.len() - tensor.shape.len()..];
    let place = own.iter().zip(&tensor.shape).fold(0, |place, (&index, &size)| {
        place * size + if size == 1 { 0 } else { index }
    });
    tensor.values[place as usize]
}

/// a · b, matrix by matrix, as the standard defines it for operands of two dimensions or more.
fn product(a: &Tensor, b: &Tensor) -> Tensor {
    let rank = a.shape.len().max(b.shape.len());
    let size = |tensor: &Tensor, place: usize| {
        (place + tensor.shape.len())
            .checked_sub(rank)
            .map_or(1, |own| tensor.shape[own])
    };
    let mut shape: Vec<u64> = (0..rank - 2)
        .map(|place| size(a, place).max(size(b, place)))
        .collect();
    let (rows, common, columns) = (size(a, rank - 2), size(a, rank - 1), size(b, rank - 1));
    shape.extend([rows, columns]);
    let values = (0..shape.iter().product::<u64>()).map(|element| {
        let mut index = vec![0; rank];
        let mut rest = element;
        for place in (0..rank).rev() {
            index[place] = rest % shape[place];
            rest /= shape[place];
        }
        let (row, column) = (index[rank - 2], index[rank - 1]);
        (0..common)
            .map(|k| {
                let of = |tensor: &Tensor, matrix: [u64; 2]| {
                    let whole = [&index[..rank - 2], &matrix].concat();
                    at(tensor, &whole)
                };
                of(a, [row, k]) * of(b, [k, column])
            })
            .sum()
    });
    let values = values.collect();
    Tensor { shape, values }
}

#[test]
fn matrices_are_multiplied_one_by_one() {
    let cases: [([&[i64]; 2], &str); 7] = [
        ([&[2, 3, 4, 5], &[2, 3, 5, 6]], "stacks of matrices"),
        (
            [&[2, 1, 4, 5], &[2, 3, 5, 6]],
            "one matrix of the first for several of the second",
        ),
        (
            [&[2, 3, 4, 5], &[2, 1, 5, 6]],
            "one matrix of the second for several of the first",
        ),
        ([&[2, 3, 4, 5], &[3, 5, 6]], "fewer dimensions of the second"),
        ([&[3, 4, 5], &[2, 3, 5, 6]], "fewer dimensions of the first"),
        ([&[4, 5], &[5, 6]], "two matrices"),
        ([&[2, 4, 1], &[2, 1, 6]], "outer products"),
    ];
    for ([left, right], what) in cases {
        let (a, b) = (tensor(left, 1), tensor(right, 2));
        let model = Model::new(left)
            .input("z", right)
            .node("MatMul", "x z -> y", vec![]);
        let y = model.result(&[("x", a.clone()), ("z", b.clone())]);
        assert_eq!(y, product(&a, &b), "{what}");
    }
}

#[test]
fn a_constant_may_be_either_operand() {
    for (left, right, constant) in [
        ([2_i64, 3, 4, 5].as_slice(), [3_i64, 5, 6].as_slice(), "z"),
        (&[3, 4, 5], &[2, 3, 5, 6], "x"),
        (&[4, 5], &[2, 5, 6], "x"),
    ] {
        let (a, b) = (tensor(left, 1), tensor(right, 2));
        let (fixed, fed, operands) = if constant == "z" {
            (&b, &a, "x c -> y")
        } else {
            (&a, &b, "c x -> y")
        };
        let values: Vec<f32> = fixed.values.iter().map(|&value| value as f32).collect();
        let shape: Vec<i64> = fixed.shape.iter().map(|&size| size as i64).collect();
        let x: Vec<i64> = fed.shape.iter().map(|&size| size as i64).collect();
        let model = Model::new(&x)
            .numbers("c", &shape, &values)
            .node("MatMul", operands, vec![]);
        let file = OnnxFile::from_bytes("test", model.bytes()).expect("a file");
        let graph = file.import_bound(&Bindings::default()).expect("a network").graph;
        let mut given = Tensors::new();
        for (id, tensor) in graph.tensors.iter().enumerate() {
            if graph.ops.iter().any(|op| op.output.0 as usize == id) {
                continue;
            }
            let known = if tensor.name == "x" {
                fed.clone()
            } else {
                arranged(fixed, &tensor.shape, constant)
            };
            given.insert(tensor.name.clone(), known);
        }
        let values = evaluate(&graph, &given, Precision::Double).expect("values");
        let y = &values[&graph.tensor(graph.outputs[0]).name];
        assert_eq!(*y, product(&a, &b));
    }
}

/// The constant as the operator has it: `[…, columns, common]` of what is `[…, common, columns]`, or rows as they are.
fn arranged(constant: &Tensor, shape: &[u64], which: &str) -> Tensor {
    let values = if which == "x" {
        constant.values.clone()
    } else {
        let [.., common, columns] = constant.shape[..] else {
            panic!("matrices");
        };
        let matrices = constant.values.chunks((common * columns) as usize);
        matrices
            .flat_map(|matrix| {
                (0..columns)
                    .flat_map(move |column| (0..common).map(move |k| matrix[(k * columns + column) as usize]))
            })
            .collect()
    };
    Tensor {
        shape: shape.to_vec(),
        values,
    }
}

#[test]
fn equations_name_what_is_joined() {
    let a = tensor(&[2, 3, 4, 5], 1);
    let b = tensor(&[2, 3, 6, 5], 2);
    let model = |equation: &'static str| {
        Model::new(&[2, 3, 4, 5]).input("z", &[2, 3, 6, 5]).node(
            "Einsum",
            "x z -> y",
            vec![text("equation", equation)],
        )
    };
    let given = [("x", a.clone()), ("z", b.clone())];
    let element = |n: u64, h: u64, q: u64, k: u64| -> f64 {
        (0..5)
            .map(|d| at(&a, &[n, h, q, d]) * at(&b, &[n, h, k, d]))
            .sum()
    };
    for equation in [
        "nhqd,nhkd->nhqk",
        "n h q d, n h k d -> n h q k",
        "...qd,...kd->...qk",
        "...xd,...yd",
    ] {
        let y = model(equation).result(&given);
        assert_eq!(y.shape, [2, 3, 4, 6], "{equation}");
        assert_eq!(at(&y, &[1, 2, 3, 5]), element(1, 2, 3, 5), "{equation}");
    }
    // Rows of all heads beside each other.
    let y = model("nhqd,nhkd->nqhk").result(&given);
    assert_eq!(
        (y.shape.as_slice(), at(&y, &[1, 3, 2, 5])),
        ([2, 4, 3, 6].as_slice(), element(1, 2, 3, 5))
    );
    // Summed over what one operand alone has.
    let y = model("nhqd,nhkd->nhd").result(&given);
    let sum =
        |tensor: &Tensor, count: u64| -> f64 { (0..count).map(|place| at(tensor, &[1, 2, place, 4])).sum() };
    assert_eq!(at(&y, &[1, 2, 4]), sum(&a, 4) * sum(&b, 6));
    let turned = Model::new(&[2, 3, 4]).node("Einsum", "x -> y", vec![text("equation", "abc->acb")]);
    let x = tensor(&[2, 3, 4], 3);
    let y = turned.result(&[("x", x.clone())]);
    assert_eq!(
        (y.shape.as_slice(), at(&y, &[1, 3, 2])),
        ([2, 4, 3].as_slice(), at(&x, &[1, 2, 3]))
    );
    for wrong in [
        "nhqd,nhkd->nhqz",
        "nhqd",
        "nhqd,nhk->nhqk",
        "nnqd,nhkd->nqk",
        "....qd,nhkd->nqk",
    ] {
        let error = model(wrong).error();
        assert!(
            error.to_string().contains("quation") || error.to_string().contains("names"),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn matrices_of_a_gemm_may_both_be_computed() {
    let (a, b) = (tensor(&[4, 5], 1), tensor(&[6, 5], 2));
    let model = Model::new(&[4, 5]).input("z", &[6, 5]).node(
        "Gemm",
        "x z -> y",
        vec![integer("transB", 1), super::number("alpha", 0.5)],
    );
    let y = model.result(&[("x", a.clone()), ("z", b.clone())]);
    let expected: f64 = (0..5).map(|k| at(&a, &[3, k]) * at(&b, &[2, k])).sum();
    assert_eq!(at(&y, &[3, 2]), expected / 2.0);
}

/// Self-attention with what exporters write of it: one product for queries, keys and values, of which each is selected.
fn attention() -> Model {
    let (tokens, width, heads) = (4, 6, 2);
    Model::new(&[1, tokens, 3 * width])
        .integers("apart", &[1, tokens, 3, heads, width / heads])
        .integers("rows", &[1, tokens, width])
        .node("Reshape", "x apart -> p", vec![])
        .node("Transpose", "p -> t", vec![integers("perm", &[2, 0, 3, 1, 4])])
        .integers("zero", &[0])
        .integers("one", &[1])
        .integers("two", &[2])
        .node("Gather", "t zero -> q5", vec![])
        .node("Gather", "t one -> k5", vec![])
        .node("Gather", "t two -> v5", vec![])
        .integers("front", &[0])
        .node("Squeeze", "q5 front -> q", vec![])
        .node("Squeeze", "k5 front -> k", vec![])
        .node("Squeeze", "v5 front -> v", vec![])
        .node("Transpose", "k -> kt", vec![integers("perm", &[0, 1, 3, 2])])
        .node("MatMul", "q kt -> s", vec![])
        .node("Softmax", "s -> w", vec![integer("axis", -1)])
        .node("MatMul", "w v -> o", vec![])
        .node("Transpose", "o -> r", vec![integers("perm", &[0, 2, 1, 3])])
        .node("Reshape", "r rows -> y", vec![])
}

#[test]
fn every_image_attends_to_itself() {
    let images: Vec<Tensor> = (0..3).map(|seed| tensor(&[1, 4, 18], seed)).collect();
    let mut joined = tensor(&[3, 4, 18], 0);
    joined.values = images.iter().flat_map(|image| image.values.clone()).collect();
    let together = attention().result_of_batch(3, &[("x", joined)]);
    assert_eq!(together.shape, [3, 4, 6]);
    for (index, image) in images.into_iter().enumerate() {
        let alone = attention().result(&[("x", image)]);
        for (own, other) in alone.values.iter().zip(&together.values[index * 24..]) {
            assert!((own - other).abs() < 1e-12, "image {index}: {own} and {other}");
        }
    }
}

/// Heads that lie beside each other are groups of one convolution: of one image no query, score or result moves.
#[test]
fn only_keys_and_values_move() {
    let graph = attention().import(1).expect("a network");
    let count = |is: fn(&OpKind) -> bool| graph.ops.iter().filter(|op| is(&op.kind)).count();
    assert_eq!(
        count(|kind| matches!(kind, OpKind::Convolution(of) if of.conv_groups == 2)),
        2
    );
    // Each is some columns; keys and values are moved beside.
    assert_eq!(count(|kind| matches!(kind, OpKind::Rearrange(_))), 3 + 2);
    let kinds: Vec<_> = graph.layers.iter().map(|layer| layer.kind.name()).collect();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "attention").count(),
        3,
        "{kinds:?}"
    );
}

/// Queries that see themselves and what stands before them: scores behind a mask that is added, or chosen by a condition.
fn masked(chosen: bool) -> Model {
    let mut model = Model::new(&[1, 3, 4])
        .integers("apart", &[1, 3, 2, 2])
        .node("Reshape", "x apart -> p", vec![])
        .node("Transpose", "p -> q", vec![integers("perm", &[0, 2, 1, 3])])
        .node("Transpose", "p -> k", vec![integers("perm", &[0, 2, 3, 1])])
        .node("MatMul", "q k -> s", vec![]);
    let seen = [1, 0, 0, 1, 1, 0, 1, 1, 1];
    if chosen {
        model = model.numbers("low", &[], &[-1e4]);
        let mut condition = model.graph.initializer[0].clone();
        condition.name = Some("seen".to_owned());
        condition.dims = vec![3, 3];
        condition.data_type = Some(super::data_type::BOOL);
        condition.int64_data = Vec::new();
        condition.int32_data = seen.to_vec();
        model.graph.initializer.push(condition);
        model.node("Where", "seen s low -> y", vec![])
    } else {
        let added = seen.map(|seen| if seen == 1 { 0.0 } else { -1e4 });
        model
            .numbers("mask", &[1, 1, 3, 3], &added)
            .node("Add", "s mask -> y", vec![])
    }
}

#[test]
fn what_is_not_seen_scores_low_for_every_image() {
    let images: Vec<Tensor> = (0..2).map(|seed| tensor(&[1, 3, 4], seed)).collect();
    let together = Tensor {
        shape: vec![2, 3, 4],
        values: images.iter().flat_map(|image| image.values.clone()).collect(),
    };
    for (chosen, batch, x) in [
        (false, 1, &images[1]),
        (true, 1, &images[1]),
        (false, 2, &together),
        (true, 2, &together),
    ] {
        let file = OnnxFile::from_bytes("test", masked(chosen).bytes()).expect("a file");
        let model = file.import(batch).expect("a network");
        let mut given = vec![("x".to_owned(), x.clone())];
        for (name, weight) in model.weights.iter() {
            let values = weight.to_f32().expect("numbers");
            let values = values.into_iter().map(f64::from).collect();
            let shape = weight.shape().to_vec();
            given.push((name.to_owned(), Tensor { shape, values }));
        }
        let given: Vec<(&str, Tensor)> = given
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor.clone()))
            .collect();
        let y = evaluated(&model.graph, &given);
        assert_eq!(y.shape, [batch, 2, 3, 3]);
        for image in 0..batch {
            for (head, query, key) in [(0, 0, 0), (1, 0, 1), (1, 2, 1), (0, 1, 2)] {
                let score: f64 = (0..2)
                    .map(|d| at(x, &[image, query, head * 2 + d]) * at(x, &[image, key, head * 2 + d]))
                    .sum();
                let found = at(&y, &[image, head, query, key]);
                if key <= query {
                    assert_eq!(found, score, "{chosen} {batch}");
                } else {
                    assert!(found < -9e3, "{chosen} {batch}: {found}");
                }
            }
        }
    }
}

/// A token that is picked from every image, as classifiers pick the first.
#[test]
fn one_token_of_every_image_is_picked() {
    let picked = || {
        Model::new(&[1, 3, 4])
            .integers("rows", &[3, 4])
            .node("Reshape", "x rows -> r", vec![])
            .integers("second", &[1])
            .node("Gather", "r second -> y", vec![integer("axis", 0)])
    };
    let x = tensor(&[2, 3, 4], 3);
    let y = picked().result_of_batch(2, &[("x", x.clone())]);
    assert_eq!(y.shape, [2, 4]);
    for (image, channel) in [(0, 0), (0, 3), (1, 2)] {
        assert_eq!(at(&y, &[image, channel]), at(&x, &[image, 1, channel]));
    }
}
