//! Operators of training, on random shapes.

use proptest::prelude::*;
use tilesim_graph::{
    ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind, Pool, PoolKind, Reduction,
};

use crate::common::{first_difference, half, machine};

fn builder() -> GraphBuilder {
    let mut builder = GraphBuilder::new("training", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    builder
}

/// The gradient of a maximum pool.
fn pool_gradient(shape: &[u64], pool: Pool) -> Result<Graph, GraphError> {
    let mut builder = builder();
    let x = builder.input("x", shape.to_vec(), ElementType::F16)?;
    let y = builder.pool("y", pool.clone(), x)?;
    let gradient = builder.input("gradient", builder.shape(y).to_vec(), ElementType::F16)?;
    let dx = builder.stated_op("dx", OpKind::PoolGradient(pool), vec![gradient, x, y], shape)?;
    builder.finish(vec![dx])
}

/// A reduction, and what is subtracted of a tensor step by step.
fn reduction(shape: &[u64], reduced: &[u64], reduction: Reduction, factor: f64) -> Result<Graph, GraphError> {
    let mut builder = builder();
    let x = builder.input("x", shape.to_vec(), ElementType::F16)?;
    let y = builder.stated_op("y", OpKind::Reduce(reduction), vec![x], reduced)?;
    let average = builder.input("average", reduced.to_vec(), ElementType::F16)?;
    let sum = builder.op("sum", OpKind::ScaledAdd { factor }, vec![average, y])?;
    builder.finish(vec![sum])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn largest_elements_take_the_gradients(
        (batch, channels) in (1..4_u64, 1..40_u64),
        size in prop::collection::vec(4..12_u64, 2),
        window in prop::collection::vec((1..4_u64, 1..4_u64, 0..2_u64, 0..2_u64), 2),
        dilation in prop::collection::vec(1..4_u64, 2),
        tiles in 1..80_u32,
    ) {
        let of = |pick: fn(&(u64, u64, u64, u64)) -> u64| window.iter().map(pick).collect::<Vec<_>>();
        let mut pool = Pool::new(PoolKind::Max, &of(|window| window.0 + 1), &of(|window| window.1))
            .padded(&of(|window| window.2), &of(|window| window.3));
        for (d, (distance, size)) in dilation.into_iter().zip(&size).enumerate() {
            pool.dilation[d] = distance;
            if pool.extent(d) > *size {
                pool.dilation[d] = 1;
            }
        }
        let graph = pool_gradient(&[batch, channels, size[0], size[1]], pool).expect("a graph");
        prop_assert_eq!(first_difference(&graph, &machine(tiles), &half()), None);
    }

    #[test]
    fn reductions_are_added(
        shape in prop::collection::vec(1..9_u64, 2..5),
        kept in any::<u8>(),
        kind in prop::sample::select(vec![
            Reduction::Sum,
            Reduction::Mean,
            Reduction::SumOfSquares,
            Reduction::Maximum,
        ]),
        factor in -2.0..2.0_f64,
        tiles in 1..80_u32,
    ) {
        let is_kept = |dimension: usize| kept >> dimension & 1 == 1;
        let reduced: Vec<u64> = shape
            .iter()
            .enumerate()
            .map(|(dimension, size)| if is_kept(dimension) { *size } else { 1 })
            .collect();
        let graph = reduction(&shape, &reduced, kind, factor).expect("a graph");
        prop_assert_eq!(first_difference(&graph, &machine(tiles), &half()), None);
    }
}
