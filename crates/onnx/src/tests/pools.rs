//! Windows of pools.

use tilesim_graph::{OpKind, Pool, PoolKind};

use super::{Model, integer, integers, text};
use crate::proto::AttributeProto;

/// The pool that a node over one spatial dimension becomes, and the number of its windows.
fn pool(op_type: &str, size: i64, kernel: i64, more: Vec<AttributeProto>) -> (Pool, u64) {
    let attributes = [vec![integers("kernel_shape", &[kernel])], more].concat();
    let model = Model::new(&[1, 3, size]).node(op_type, "x -> y", attributes);
    let graph = model.import(1).expect("a network");
    let OpKind::Pool(pool) = &graph.ops[0].kind else {
        panic!("{:?}", graph.ops[0].kind);
    };
    (pool.clone(), graph.tensor(graph.outputs[0]).shape[2])
}

#[test]
fn dilated_windows() {
    let dilations = || integers("dilations", &[2]);
    let (found, windows) = pool("MaxPool", 8, 3, vec![dilations()]);
    assert_eq!((found.dilation, windows), (vec![2], 4));
    // Five elements long: they fit 8 elements three times at a stride of 2, rounded up.
    let rounded = vec![dilations(), integers("strides", &[2]), integer("ceil_mode", 1)];
    let (found, windows) = pool("AveragePool", 8, 3, rounded);
    assert_eq!((found.padding_upper, windows), (vec![1], 3));
    let same = vec![dilations(), text("auto_pad", "SAME_LOWER")];
    let (found, windows) = pool("MaxPool", 8, 3, same);
    assert_eq!(
        (found.padding_lower, found.padding_upper, windows),
        (vec![2], vec![2], 8)
    );
}

#[test]
fn what_rounding_up_adds_counts_in_no_divisor() {
    let of = |counts: i64, pads: [i64; 2]| {
        let attributes = vec![
            integers("strides", &[2]),
            integers("pads", &pads),
            integer("ceil_mode", 1),
            integer("count_include_pad", counts),
        ];
        pool("AveragePool", 8, 3, attributes).0
    };
    let found = of(1, [1, 1]);
    assert_eq!(
        (found.padding_upper.clone(), found.counted_padding(0)),
        (vec![2], [1, 1])
    );
    assert_eq!(of(1, [0, 0]).counted_padding(0), [0, 0]);
    assert_eq!(of(0, [1, 1]).counted_padding(0), [0, 0]);
    assert_eq!(found.kind, PoolKind::Average);
    // A window that would begin in the padding is dropped: 6 elements and 2 after them hold three windows of 2, not four.
    let dropped = vec![
        integers("strides", &[3]),
        integers("pads", &[0, 1]),
        integer("ceil_mode", 1),
    ];
    assert_eq!(pool("MaxPool", 6, 2, dropped).1, 2);
}

#[test]
fn where_the_largest_elements_are_is_not_known() {
    let model = |reader: &str| {
        Model::new(&[1, 3, 8])
            .node("MaxPool", "x -> p i", vec![integers("kernel_shape", &[2])])
            .node("Relu", &format!("{reader} -> y"), vec![])
            .import(1)
    };
    assert!(model("p").is_ok());
    let error = model("i").expect_err("indices").to_string();
    assert!(error.contains("Indices"), "{error}");
}
