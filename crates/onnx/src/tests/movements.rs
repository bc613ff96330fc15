//! Data that moves: what a network makes of the numbers 0, 1, 2, …

use tilesim_graph::{
    OpKind,
    reference::{Precision, Tensor, Tensors, evaluate},
};

use super::{Model, integer, integers, text};

impl Model {
    /// The shape and values of `y`.
    fn values(self) -> (Vec<u64>, Vec<f64>) {
        let graph = self.import(1).expect("a network");
        let given: Tensors = graph
            .inputs
            .iter()
            .map(|&input| {
                let tensor = graph.tensor(input);
                let values = (0..tensor.elements()).map(|value| value as f64).collect();
                let shape = tensor.shape.clone();
                (tensor.name.clone(), Tensor { shape, values })
            })
            .collect();
        let values = evaluate(&graph, &given, Precision::Double).expect("values");
        let y = &values[&graph.tensor(graph.outputs[0]).name];
        (y.shape.clone(), y.values.clone())
    }
}

#[test]
fn blocks_become_channels_and_back() {
    let block = || integer("blocksize", 2);
    let deep = |mode: &'static str| {
        Model::new(&[1, 8, 1, 2])
            .node("DepthToSpace", "x -> y", vec![block(), text("mode", mode)])
            .values()
    };
    assert_eq!(
        deep("DCR"),
        (
            vec![1, 2, 2, 4],
            [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15]
                .map(f64::from)
                .to_vec()
        )
    );
    assert_eq!(
        deep("CRD"),
        (
            vec![1, 2, 2, 4],
            [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]
                .map(f64::from)
                .to_vec()
        )
    );
    let wide = Model::new(&[1, 1, 2, 4])
        .node("SpaceToDepth", "x -> y", vec![block()])
        .values();
    let expected = [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0];
    assert_eq!(wide, (vec![1, 4, 1, 2], expected.to_vec()));
    // There and back again.
    let kinds = Model::new(&[1, 4, 2, 2])
        .node("DepthToSpace", "x -> d", vec![block()])
        .node("SpaceToDepth", "d -> s", vec![block()])
        .node("Relu", "s -> y", vec![])
        .kinds();
    assert!(matches!(kinds.as_slice(), [OpKind::Activation(_)]), "{kinds:?}");
}

#[test]
fn every_part_of_a_split_is_there() {
    let sum = |opset: i64, attributes: Vec<_>, operands: &str| {
        Model::new(&[1, 5])
            .opset(opset)
            .integers("sizes", &[2, 1, 2])
            .node("Split", operands, attributes)
            .node("Concat", "c a b -> y", vec![integer("axis", 1)])
            .values()
            .1
    };
    let expected = [3.0, 4.0, 0.0, 1.0, 2.0];
    assert_eq!(sum(13, vec![integer("axis", 1)], "x sizes -> a b c"), expected);
    let attributes = vec![integer("axis", -1), integers("split", &[2, 1, 2])];
    assert_eq!(sum(9, attributes, "x -> a b c"), expected);
    // The last of equal parts is smaller.
    let attributes = vec![integer("axis", 1), integer("num_outputs", 3)];
    assert_eq!(sum(18, attributes, "x -> a b c"), [4.0, 0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn slices_go_either_way() {
    let model = |starts: &[i64], ends: &[i64], axes: &[i64], steps: &[i64]| {
        Model::new(&[1, 2, 6])
            .integers("starts", starts)
            .integers("ends", ends)
            .integers("axes", axes)
            .integers("steps", steps)
            .node("Slice", "x starts ends axes steps -> y", vec![])
    };
    let (shape, values) = model(&[-1, 1], &[i64::MIN, 2], &[2, 1], &[-2, 7]).values();
    assert_eq!((shape, values), (vec![1, 1, 3], vec![11.0, 9.0, 7.0]));
    let nothing = model(&[3], &[3], &[2], &[1]).error().to_string();
    assert!(
        nothing.contains("no element of 6 from 3 to 3 in steps of 1"),
        "{nothing}"
    );
}

#[test]
fn indices_replace_their_dimension() {
    let gathered = Model::new(&[1, 3])
        .integers("i", &[-1, 0])
        .node("Gather", "x i -> y", vec![integer("axis", 1)])
        .values();
    assert_eq!(gathered, (vec![1, 2], vec![2.0, 0.0]));
    let beyond = Model::new(&[1, 3])
        .integers("i", &[3])
        .node("Gather", "x i -> y", vec![integer("axis", 1)])
        .error();
    assert!(beyond.to_string().contains("index 3 of 3"), "{beyond}");
}

#[test]
fn tensors_are_repeated() {
    let tiled = Model::new(&[1, 2])
        .integers("times", &[2, 2])
        .node("Tile", "x times -> y", vec![])
        .values();
    let expected = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    assert_eq!(tiled, (vec![2, 4], expected.to_vec()));
    // Both the operand's sizes of 1 and the shape's are stretched.
    let expanded = Model::new(&[1, 2, 1])
        .integers("shape", &[2, 1, 1, 2])
        .node("Expand", "x shape -> y", vec![])
        .values();
    let expected = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0];
    assert_eq!(expanded, (vec![2, 1, 2, 2], expected.to_vec()));
}

#[test]
fn borders_that_no_window_takes_in_are_there() {
    let padded = |mode: &'static str, pads: &[i64]| {
        Model::new(&[1, 1, 3])
            .integers("pads", pads)
            .node("Pad", "x pads -> y", vec![text("mode", mode)])
            .values()
            .1
    };
    let field = [0, 0, 2, 0, 0, 1];
    assert_eq!(padded("constant", &field), [0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
    assert_eq!(padded("reflect", &field), [2.0, 1.0, 0.0, 1.0, 2.0, 1.0]);
    assert_eq!(padded("edge", &field), [0.0, 0.0, 0.0, 1.0, 2.0, 2.0]);
    assert_eq!(padded("wrap", &field), [1.0, 2.0, 0.0, 1.0, 2.0, 0.0]);
    assert_eq!(padded("edge", &[0, 0, -1, 0, 0, 1]), [1.0, 2.0, 2.0]);
    assert_eq!(
        padded("constant", &[0, 1, 0, 0, 0, 0]),
        [0.0, 0.0, 0.0, 0.0, 1.0, 2.0]
    );
    // Zeros make a difference to the largest element, so that they are put there.
    let kinds = Model::new(&[1, 1, 3])
        .integers("pads", &field)
        .node("Pad", "x pads -> p", vec![])
        .node("MaxPool", "p -> y", vec![integers("kernel_shape", &[2])])
        .kinds();
    assert!(
        matches!(kinds.as_slice(), [OpKind::Rearrange(by), OpKind::Pool(_)] if by.has_fill()),
        "{kinds:?}"
    );
}

/// Zeros that a convolution puts where something has been cut off are zeros.
#[test]
fn what_is_cut_off_does_not_come_back() {
    let kinds = |border: [i64; 2], pads: [i64; 2]| {
        Model::new(&[1, 1, 6])
            .integers("border", &[0, 0, border[0], 0, 0, border[1]])
            .numbers("w", &[1, 1, 3], &[1.0])
            .node("Pad", "x border -> p", vec![])
            .node("Conv", "p w -> y", vec![integers("pads", &pads)])
            .kinds()
    };
    for (border, pads) in [([-1, 0], [1, 0]), ([0, -2], [0, 1]), ([1, -1], [1, 1])] {
        let kinds = kinds(border, pads);
        let [OpKind::Rearrange(_), OpKind::Convolution(of)] = kinds.as_slice() else {
            panic!("{border:?} {pads:?}: {kinds:?}");
        };
        assert_eq!(of.input.as_slice(), [(6 + border[0] + border[1]) as u64]);
        assert_eq!([of.padding_lower[0], of.padding_upper[0]], pads);
    }
    // Both cut off, or both add, or what is added is cut off again.
    for (border, pads) in [([-1, -1], [0, -1]), ([-1, 1], [0, 2]), ([1, 2], [-2, 0])] {
        let kinds = kinds(border, pads);
        let [OpKind::Convolution(of)] = kinds.as_slice() else {
            panic!("{border:?} {pads:?}: {kinds:?}");
        };
        let sums = [border[0] + pads[0], border[1] + pads[1]];
        assert_eq!([of.padding_lower[0], of.padding_upper[0]], sums);
    }
}

#[test]
fn constants_are_put_beside_what_is_computed() {
    let joined = Model::new(&[1, 2, 2])
        .numbers("token", &[1, 1, 2], &[-1.0])
        .node("Concat", "token x -> y", vec![integer("axis", 1)])
        .import(1)
        .expect("a network");
    assert_eq!(joined.tensor(joined.outputs[0]).shape, [1, 3, 2]);
    assert_eq!(joined.ops[0].inputs.len(), 2);
}

/// What leaves its operand as it is has a result of its own where that operand is an input.
#[test]
fn an_output_may_be_an_input() {
    let image = || Model::new(&[1, 2, 3]);
    let expected: Vec<f64> = (0..6).map(f64::from).collect();
    for model in [
        image().node("Identity", "x -> y", vec![]),
        image().node("Dropout", "x -> y", vec![]),
        image().node("Concat", "x -> y", vec![integer("axis", 1)]),
        image()
            .integers("pads", &[0; 6])
            .node("Pad", "x pads -> y", vec![]),
        image()
            .integers("shape", &[1, 1, 3])
            .node("Expand", "x shape -> y", vec![]),
        image()
            .node("Transpose", "x -> t", vec![integers("perm", &[0, 2, 1])])
            .node("Transpose", "t -> y", vec![integers("perm", &[0, 2, 1])]),
    ] {
        assert_eq!(model.values(), (vec![1, 2, 3], expected.clone()));
    }
    let constant = image()
        .numbers("c", &[2], &[1.0])
        .node("Identity", "c -> y", vec![])
        .error()
        .to_string();
    assert!(constant.contains("this output is a constant"), "{constant}");
}
