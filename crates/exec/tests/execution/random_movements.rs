//! Random movements of data behind random convolutions: every operator as the plain evaluator computes it, wherever its operands
//! lie.

use crate::common::{convolution, first_difference, float, half, machine};
use proptest::prelude::*;
use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind,
    PadMode, Rearrangement, SliceRange, TensorId, autodiff::vector_jacobian,
};

/// Most elements of a tensor.
const MOST_ELEMENTS: u64 = 1 << 14;

/// One movement; numbers are taken modulo whatever there is to choose from.
#[derive(Debug, Clone)]
enum Movement {
    Transpose(Vec<usize>),
    Reshape(Vec<u64>),
    Slice(Vec<(u64, u64, i64)>),
    /// Beside itself, a parameter, or what came before it.
    Concat(usize, u8),
    Pad(Vec<(i64, i64)>, u8),
    Repeat(Vec<u64>, bool),
    Take(usize, Vec<u64>),
    Split(usize),
    /// A dimension of one element comes, or goes if there is one.
    View(usize, bool),
    /// Another shape, as an operator of its own.
    Shape(Vec<u64>),
    Softmax(usize),
    Activation,
    /// A 1×1 convolution over the channels, which has a layout of its own.
    Convolution(u64),
}

fn movement() -> impl Strategy<Value = Movement> {
    prop_oneof![
        Just((0..6_usize).collect::<Vec<_>>())
            .prop_shuffle()
            .prop_map(Movement::Transpose),
        prop::collection::vec(1..7_u64, 1..5).prop_map(Movement::Reshape),
        prop::collection::vec((0..8_u64, 1..8_u64, -3..4_i64), 6).prop_map(Movement::Slice),
        (0..6_usize, 0..3_u8).prop_map(|(axis, with)| Movement::Concat(axis, with)),
        (prop::collection::vec((-1..3_i64, -1..3_i64), 6), 0..4_u8)
            .prop_map(|(widths, mode)| Movement::Pad(widths, mode)),
        (
            prop::collection::vec(prop_oneof![2 => Just(1), 1 => 2..4_u64], 6),
            any::<bool>()
        )
            .prop_map(|(times, each)| Movement::Repeat(times, each)),
        (0..6_usize, prop::collection::vec(any::<u64>(), 1..9))
            .prop_map(|(axis, indices)| Movement::Take(axis, indices)),
        (0..6_usize).prop_map(Movement::Split),
        (0..6_usize, any::<bool>()).prop_map(|(at, comes)| Movement::View(at, comes)),
        prop::collection::vec(1..7_u64, 1..4).prop_map(Movement::Shape),
        (0..6_usize).prop_map(Movement::Softmax),
        Just(Movement::Activation),
        (1..9_u64).prop_map(Movement::Convolution),
    ]
}

/// The rearrangements that a movement is of a tensor of this shape, none where it does not fit.
fn rearrangements(movement: &Movement, shape: &[u64]) -> Vec<Rearrangement> {
    let rank = shape.len();
    let only = |made: Result<Rearrangement, _>| made.into_iter().collect::<Vec<_>>();
    match movement {
        Movement::Transpose(order) => {
            let order: Vec<usize> = order
                .iter()
                .copied()
                .filter(|dimension| *dimension < rank)
                .collect();
            only(Rearrangement::transpose(shape, &order))
        }
        Movement::Reshape(sizes) => Rearrangement::reshape(shape, &divided(shape, sizes)).unwrap_or_default(),
        Movement::Slice(ranges) => {
            let range = |(&size, &(start, count, step)): (&u64, &(u64, u64, i64))| {
                let (start, step) = (start % size, if step == 0 { 1 } else { step });
                let room = if step < 0 { start } else { size - 1 - start };
                let count = count.min(room / step.unsigned_abs() + 1);
                SliceRange { start, count, step }
            };
            let ranges: Vec<SliceRange> = shape.iter().zip(ranges).map(range).collect();
            only(Rearrangement::slice(shape, &ranges))
        }
        Movement::Pad(widths, mode) => {
            let mode = match mode {
                0 => PadMode::Constant(0.5),
                1 => PadMode::Reflect,
                2 => PadMode::Edge,
                _ => PadMode::Wrap,
            };
            let (lower, upper): (Vec<i64>, Vec<i64>) = widths.iter().copied().take(rank).unzip();
            only(Rearrangement::pad(shape, &lower, &upper, mode))
        }
        Movement::Repeat(times, each) => {
            let times: Vec<u64> = times.iter().copied().take(rank).collect();
            only(if *each {
                Rearrangement::repeat_each(shape, &times)
            } else {
                Rearrangement::tile(shape, &times)
            })
        }
        Movement::Take(axis, indices) => {
            let axis = axis % rank;
            let indices: Vec<u64> = indices.iter().map(|index| index % shape[axis]).collect();
            only(Rearrangement::take(shape, axis, &indices))
        }
        _ => Vec::new(),
    }
}

/// As many elements in dimensions of those sizes that divide them, and a last one for the rest.
fn divided(shape: &[u64], sizes: &[u64]) -> Vec<u64> {
    let mut rest: u64 = shape.iter().product();
    let mut to = Vec::new();
    for size in sizes {
        if rest.is_multiple_of(*size) {
            to.push(*size);
            rest /= size;
        }
    }
    to.push(rest);
    to
}

struct Moving {
    builder: GraphBuilder,
    step: usize,
}

impl Moving {
    fn name(&mut self, what: &str) -> String {
        self.step += 1;
        format!("{what}{}", self.step)
    }

    fn rearranged(&mut self, made: &Rearrangement, operands: Vec<TensorId>) -> Result<TensorId, GraphError> {
        let name = self.name("move");
        self.builder.rearrange(name, made.clone(), operands)
    }

    fn moved(&mut self, movement: &Movement, y: TensorId, before: TensorId) -> Result<TensorId, GraphError> {
        let shape = self.builder.shape(y).to_vec();
        match movement {
            Movement::Activation => {
                let name = self.name("activation");
                self.builder.activation(name, Activation::Swish, y)
            }
            Movement::Convolution(outputs) if shape.len() > 2 && shape.len() < 6 => {
                let kernel = vec![1; shape.len() - 2];
                let convolution = Convolution::new(shape[0], shape[1], *outputs, &shape[2..], &kernel);
                let name = self.name("weights");
                let weights = self.builder.parameter(name, convolution.weight_shape())?;
                let name = self.name("conv");
                self.builder.convolution(name, convolution, y, weights, None)
            }
            Movement::Convolution(_) => Ok(y),
            Movement::View(at, comes) => {
                let mut to = shape;
                let one = to.iter().skip(at % to.len()).position(|size| *size == 1);
                match one {
                    Some(one) if !comes && to.len() > 1 => {
                        to.remove(at % to.len() + one);
                    }
                    _ if to.len() < 6 => to.insert(at % (to.len() + 1), 1),
                    _ => return Ok(y),
                }
                let name = self.name("view");
                self.builder.reshape(name, y, &to)
            }
            Movement::Shape(sizes) => {
                let name = self.name("shape");
                self.builder.reshape(name, y, &divided(&shape, sizes))
            }
            Movement::Softmax(axis) => {
                let axis = axis % shape.len();
                let name = self.name("softmax");
                self.builder
                    .op(name, OpKind::Softmax { axes: axis..axis + 1 }, vec![y])
            }
            Movement::Concat(axis, with) => {
                let axis = axis % shape.len();
                let other = match with {
                    0 => y,
                    1 => {
                        let mut own = shape.clone();
                        own[axis] = 3;
                        let name = self.name("token");
                        self.builder.parameter(name, own)?
                    }
                    _ => before,
                };
                let shapes = [shape.clone(), self.builder.shape(other).to_vec()];
                match Rearrangement::concat(&[&shapes[0], &shapes[1]], axis) {
                    Ok(made) => self.rearranged(&made, vec![y, other]),
                    Err(_) => Ok(y),
                }
            }
            Movement::Split(axis) => {
                let axis = axis % shape.len();
                let half = shape[axis] / 2;
                if half == 0 {
                    return Ok(y);
                }
                let mut halves = Vec::new();
                for start in [0, shape[axis] - half] {
                    let mut ranges: Vec<SliceRange> = shape.iter().copied().map(SliceRange::whole).collect();
                    ranges[axis] = SliceRange {
                        start,
                        count: half,
                        step: 1,
                    };
                    let made = Rearrangement::slice(&shape, &ranges).expect("a half");
                    halves.push(self.rearranged(&made, vec![y])?);
                }
                let name = self.name("sum");
                self.builder.binary(name, Binary::Add, halves[0], halves[1])
            }
            _ => {
                let mut y = y;
                for made in rearrangements(movement, &shape) {
                    let shape = made.shape();
                    if shape.len() > 6 || shape.iter().product::<u64>() > MOST_ELEMENTS {
                        return Ok(y);
                    }
                    y = self.rearranged(&made, vec![y])?;
                }
                Ok(y)
            }
        }
    }
}

/// Movements of what a convolution puts out, or of the input itself.
fn graph(convolution: &Convolution, convolved: bool, movements: &[Movement]) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("random", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let mut y = builder.input("x", convolution.input_shape(), ElementType::F16)?;
    if convolved {
        let weights = builder.parameter("weights", convolution.weight_shape())?;
        y = builder.convolution("conv", convolution.clone(), y, weights, None)?;
    }
    let mut moving = Moving { builder, step: 0 };
    let mut before = y;
    for movement in movements {
        let next = moving.moved(movement, y, before)?;
        (before, y) = (y, next);
    }
    // Something is computed whatever has been chosen.
    let y = moving.moved(&Movement::Activation, y, y)?;
    moving.builder.finish(vec![y])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn movements_bring_every_element_to_its_place(
        convolution in convolution(),
        convolved in prop::bool::weighted(0.8),
        movements in prop::collection::vec(movement(), 1..6),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32, Just(256)],
        floats in any::<bool>(),
    ) {
        let graph = graph(&convolution, convolved, &movements).expect("a graph");
        let options = if floats { float() } else { half() };
        let difference = first_difference(&graph, &machine(tiles), &options);
        prop_assert_eq!(difference, None, "{:?}", convolution);
    }

    /// Back again: by the ways that elements took, summed where they were repeated.
    #[test]
    fn gradients_go_back_to_where_elements_came_from(
        convolution in convolution(),
        convolved in any::<bool>(),
        // Gradients of softmax cancel, so that what is left of them in halves is rounding.
        movements in prop::collection::vec(
            movement().prop_filter("no softmax", |movement| !matches!(movement, Movement::Softmax(_))),
            1..4,
        ),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32, Just(256)],
    ) {
        let graph = graph(&convolution, convolved, &movements).expect("a graph");
        let backward = vector_jacobian(&graph).expect("a backward pass");
        let difference = first_difference(&backward.graph, &machine(tiles), &half());
        prop_assert_eq!(difference, None, "{:?}", convolution);
    }
}
