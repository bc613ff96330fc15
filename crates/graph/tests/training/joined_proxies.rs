//! Proxies of several layers joined to one: which are, and that nothing else changes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tilesim_graph::{
    Activation, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Op, OpKind, ProxyActivation,
    TensorId, join_proxies,
    reference::{Precision, Tensor, Tensors, evaluate},
};

/// What is worked out of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Statistics,
    /// Gradients of its operands, from that of the mean, and of the inverse standard deviation if something reads it.
    Gradients {
        inverse_std: bool,
    },
}

/// One proxy-normalised activation's operator.
#[derive(Debug, Clone, Copy)]
struct Member {
    of: Of,
    activation: Activation,
    epsilon: f64,
    scale: bool,
    channels: u64,
    /// Whether its first operand is a result of the member before, if that has as many channels.
    reads_last: bool,
}

const STATISTICS: Member = Member {
    of: Of::Statistics,
    activation: Activation::Swish,
    epsilon: 0.03,
    scale: true,
    channels: 4,
    reads_last: false,
};

const GRADIENTS: Member = Member {
    of: Of::Gradients { inverse_std: true },
    ..STATISTICS
};

fn with_channels(member: Member, channels: u64) -> Member {
    Member { channels, ..member }
}

/// A layer for each member: its operator, and one that reads a row of what it puts out.
fn graph(members: &[Member]) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("proxies", ElementType::F32);
    let mut rows = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let name = |what: &str| format!("layer{index}/{what}");
        builder.layer(name("layer"), name("block"), LayerKind::Conv);
        let channels = vec![member.channels];
        let mut operands = Vec::new();
        for role in ["beta", "gamma", "proxy_beta", "proxy_gamma"] {
            operands.push(builder.parameter(name(role), channels.clone())?);
        }
        let activation = ProxyActivation {
            activation: member.activation,
            scale: member.scale,
            epsilon: member.epsilon,
        };
        let kind = match member.of {
            Of::Statistics => OpKind::ProxyStatistics(activation),
            Of::Gradients { inverse_std } => {
                operands.push(builder.input(name("mean gradient"), channels.clone(), ElementType::F32)?);
                if inverse_std {
                    let gradient =
                        builder.input(name("inverse std gradient"), channels.clone(), ElementType::F32)?;
                    operands.push(gradient);
                }
                OpKind::ProxyStatisticsGradient(activation)
            }
        };
        if let Some(&last) = rows.last()
            && member.reads_last
            && builder.shape(last) == channels
        {
            operands[0] = last;
        }
        let result = builder.op(name("proxy"), kind, operands)?;
        let slice = OpKind::Slice {
            axis: 0,
            start: 0,
            size: 1,
        };
        let row = builder.op(name("row"), slice, vec![result])?;
        rows.push(builder.reshape(name("vector"), row, &channels)?);
    }
    builder.finish(rows)
}

fn apart_and_joined(members: &[Member]) -> (Graph, Graph) {
    let apart = graph(members).expect("a graph");
    let mut joined = apart.clone();
    join_proxies(&mut joined);
    (apart, joined)
}

/// Operators that work out proxies.
fn proxies(graph: &Graph) -> Vec<&Op> {
    let is_proxy = |op: &&Op| {
        matches!(
            op.kind,
            OpKind::ProxyStatistics(_) | OpKind::ProxyStatisticsGradient(_)
        )
    };
    graph.ops.iter().filter(is_proxy).collect()
}

/// Every operand is known before it is read, every tensor has one producer, and every result has the shape that its operands give.
fn check_order_and_shapes(graph: &Graph) {
    let made: BTreeSet<TensorId> = graph.ops.iter().map(|op| op.output).collect();
    assert_eq!(made.len(), graph.ops.len());
    let mut known: BTreeSet<TensorId> = (0..graph.tensors.len() as u32)
        .map(TensorId)
        .filter(|id| !made.contains(id))
        .collect();
    for op in &graph.ops {
        assert!(op.inputs.iter().all(|input| known.contains(input)), "{op:?}");
        known.insert(op.output);
        let operands = op.inputs.iter().map(|id| graph.tensor(*id).shape.as_slice());
        let stated = &graph.tensor(op.output).shape;
        let shape = op.kind.output_shape(&operands.collect::<Vec<_>>(), stated);
        assert_eq!(shape.as_ref(), Ok(stated), "{op:?}");
        assert!((op.layer.0 as usize) < graph.layers.len(), "{op:?}");
    }
    let names: BTreeSet<&str> = graph.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names.len(), graph.tensors.len(), "names are unique");
}

/// All tensors and operators are there as they were, but that members take slices.
fn check_nothing_else_changes(apart: &Graph, joined: &Graph) {
    assert_eq!(joined.tensors[..apart.tensors.len()], apart.tensors);
    assert_eq!(joined.layers[..apart.layers.len()], apart.layers);
    assert_eq!(
        (&joined.inputs, &joined.outputs, &joined.state),
        (&apart.inputs, &apart.outputs, &apart.state)
    );
    let before: Vec<&Op> = joined
        .ops
        .iter()
        .filter(|op| (op.output.0 as usize) < apart.tensors.len())
        .collect();
    assert_eq!(before.len(), apart.ops.len());
    for (op, original) in before.into_iter().zip(&apart.ops) {
        let place = |op: &Op| (op.name.clone(), op.layer, op.phase, op.output);
        assert_eq!(place(op), place(original));
        if op != original {
            assert!(proxies(apart).contains(&original), "{op:?}");
            assert!(matches!(op.kind, OpKind::Slice { axis: 1, .. }), "{op:?}");
        }
    }
}

/// Some value for everything that no operator puts out.
fn given(graph: &Graph) -> Tensors {
    let value = |place: usize| ((place as f64 + 1.0) * 0.618_033_988_749_895).fract() - 0.4;
    let tensors = graph.tensors.iter().enumerate().map(|(index, tensor)| {
        let mut values = Tensor::filled(&tensor.shape, 0.0);
        for (place, to) in values.values.iter_mut().enumerate() {
            *to = value(7 * index + place);
        }
        (tensor.name.clone(), values)
    });
    tensors.collect()
}

#[test]
fn proxies_of_one_function_are_joined() {
    for scales in [[true, true], [true, false], [false, true]] {
        let member = |place: usize, member: Member| Member {
            scale: scales[place],
            channels: [4, 6][place],
            ..member
        };
        let (apart, joined) = apart_and_joined(&[
            member(0, STATISTICS),
            member(1, STATISTICS),
            member(0, GRADIENTS),
            member(1, GRADIENTS),
        ]);
        assert_eq!(proxies(&apart).len(), 4);
        let shapes: Vec<_> = proxies(&joined)
            .iter()
            .map(|op| joined.tensor(op.output).shape.clone())
            .collect();
        assert_eq!(shapes, [[2, 10], [4, 10]], "{scales:?}");
        check_order_and_shapes(&joined);
        check_nothing_else_changes(&apart, &joined);
    }
}

#[test]
fn slices_of_the_members_are_those_of_their_operands() {
    let (_, joined) = apart_and_joined(&[
        with_channels(STATISTICS, 4),
        with_channels(STATISTICS, 6),
        with_channels(STATISTICS, 1),
    ]);
    let slices: Vec<_> = joined
        .ops
        .iter()
        .filter_map(|op| match op.kind {
            OpKind::Slice { axis: 1, start, size } => Some((op.name.as_str(), start, size)),
            _ => None,
        })
        .collect();
    assert_eq!(
        slices,
        [
            ("layer0/proxy", 0, 4),
            ("layer1/proxy", 4, 6),
            ("layer2/proxy", 10, 1)
        ]
    );
    let parts: Vec<_> = joined
        .ops
        .iter()
        .filter(|op| matches!(op.kind, OpKind::Concat { axis: 0 }))
        .map(|op| {
            let names = op.inputs.iter().map(|id| joined.tensor(*id).name.as_str());
            names.collect::<Vec<_>>()
        })
        .collect();
    let expected = ["beta", "gamma", "proxy_beta", "proxy_gamma"].map(|role| {
        (0..3)
            .map(|layer| format!("layer{layer}/{role}"))
            .collect::<Vec<_>>()
    });
    assert_eq!(parts, expected);
}

#[test]
fn one_alone_stays() {
    for members in [&[STATISTICS][..], &[GRADIENTS], &[STATISTICS, GRADIENTS], &[]] {
        let (apart, joined) = apart_and_joined(members);
        assert_eq!(apart, joined);
    }
    let (_, once) = apart_and_joined(&[STATISTICS, STATISTICS, GRADIENTS, GRADIENTS]);
    let mut twice = once.clone();
    join_proxies(&mut twice);
    assert_eq!(once, twice);
}

#[test]
fn other_functions_and_other_epsilons_are_not_joined() {
    for member in [STATISTICS, GRADIENTS] {
        for other in [
            Member {
                activation: Activation::Relu,
                ..member
            },
            Member {
                epsilon: 0.01,
                ..member
            },
        ] {
            let (apart, joined) = apart_and_joined(&[member, other]);
            assert_eq!(apart, joined, "{other:?}");
            // Like ones before and behind it are.
            let (apart, joined) = apart_and_joined(&[member, other, member]);
            assert_eq!(proxies(&joined).len(), 2);
            assert!(proxies(&joined).contains(&proxies(&apart)[1]));
            // Two functions are two joined proxies, each with its name.
            let (_, joined) = apart_and_joined(&[member, other, member, other]);
            assert_eq!(proxies(&joined).len(), 2);
            check_order_and_shapes(&joined);
        }
    }
}

#[test]
fn other_phases_are_not_joined() {
    let mut apart = graph(&[STATISTICS, STATISTICS]).expect("a graph");
    let last = apart
        .ops
        .iter_mut()
        .find(|op| op.name == "layer1/proxy")
        .expect("the second");
    last.phase = tilesim_graph::Phase::Update;
    let mut joined = apart.clone();
    join_proxies(&mut joined);
    assert_eq!(apart, joined);
}

#[test]
fn what_another_member_puts_out_is_not_known_before_it() {
    let reader = Member {
        reads_last: true,
        ..STATISTICS
    };
    let (apart, joined) = apart_and_joined(&[STATISTICS, reader]);
    assert_eq!(apart, joined);
    // The last two know theirs.
    let (_, joined) = apart_and_joined(&[STATISTICS, reader, STATISTICS]);
    assert_eq!(proxies(&joined).len(), 2);
    check_order_and_shapes(&joined);
}

#[test]
fn a_gradient_that_nothing_gives_is_zero() {
    let without = Member {
        of: Of::Gradients { inverse_std: false },
        ..with_channels(GRADIENTS, 5)
    };
    let fills = |members: &[Member]| {
        let (_, joined) = apart_and_joined(members);
        let fills: Vec<_> = joined
            .ops
            .iter()
            .filter_map(|op| match op.kind {
                OpKind::Fill { value } => Some((value, joined.tensor(op.output).shape.clone())),
                _ => None,
            })
            .collect();
        let operands = proxies(&joined)[0].inputs.len();
        (fills, operands)
    };
    assert_eq!(fills(&[GRADIENTS, GRADIENTS]), (vec![], 6));
    assert_eq!(fills(&[GRADIENTS, without]), (vec![(0.0, vec![5])], 6));
    assert_eq!(fills(&[without, GRADIENTS]), (vec![(0.0, vec![5])], 6));
    // Where nobody has one, there is none.
    assert_eq!(fills(&[without, without]), (vec![], 5));
}

fn member() -> impl Strategy<Value = Member> {
    let of = prop_oneof![
        Just(Of::Statistics),
        any::<bool>().prop_map(|inverse_std| Of::Gradients { inverse_std }),
    ];
    let activation = prop_oneof![3 => Just(Activation::Swish), 1 => Just(Activation::Relu)];
    let epsilon = prop_oneof![3 => Just(0.03), 1 => Just(0.01)];
    let reads_last = proptest::bool::weighted(0.2);
    (of, activation, epsilon, any::<bool>(), 1_u64..5, reads_last).prop_map(
        |(of, activation, epsilon, scale, channels, reads_last)| Member {
            of,
            activation,
            epsilon,
            scale,
            channels,
            reads_last,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is joined, all tensors that were there have the values that they had.
    #[test]
    fn joined_proxies_give_the_same_tensors(members in proptest::collection::vec(member(), 0..7)) {
        let (apart, joined) = apart_and_joined(&members);
        check_order_and_shapes(&joined);
        check_nothing_else_changes(&apart, &joined);
        if !members.iter().any(|member| member.reads_last) {
            let kinds = members.iter().map(|member| {
                (member.of != Of::Statistics, format!("{:?}", member.activation), member.epsilon.to_bits())
            });
            prop_assert_eq!(proxies(&joined).len(), kinds.collect::<BTreeSet<_>>().len());
        }
        let given = given(&apart);
        let values = |graph: &Graph| evaluate(graph, &given, Precision::Double).expect("values");
        let joined = values(&joined);
        for (name, tensor) in values(&apart) {
            prop_assert_eq!(&joined[&name], &tensor, "{}", name);
        }
    }
}
