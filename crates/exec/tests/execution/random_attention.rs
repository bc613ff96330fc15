//! Attention of random heads, sequences and masks under random plans, forward and back, as the plain evaluator computes it.

use proptest::prelude::*;
use tilesim_exec::{Mode, seeded_inputs, seeded_weights};
use tilesim_graph::autodiff::vector_jacobian;
use tilesim_graph::{
    Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind, Rearrangement,
    SliceRange, SourceIndex, TensorId,
};
use tilesim_lower::{LowerError, PlanSource, lower};
use tilesim_planner::{Plan, PlanRequest};

use crate::{
    common::{compare, float, half, machine},
    every_plan::{Draw, TILES, draw},
};

/// Sizes of an attention.
#[derive(Debug, Clone, Copy)]
struct Attention {
    sequences: u64,
    tokens: u64,
    heads: u64,
    channels: u64,
    is_masked: bool,
}

fn attention() -> impl Strategy<Value = Attention> {
    let channels = prop_oneof![1..9_u64, Just(16), Just(32)];
    (1..4_u64, 1..20_u64, 1..5_u64, channels, any::<bool>()).prop_map(
        |(sequences, tokens, heads, channels, is_masked)| Attention {
            sequences,
            tokens,
            heads,
            channels,
            is_masked,
        },
    )
}

impl Attention {
    /// Queries, keys and values beside each other, `[N·T, 3·H·D]`, to rows of heads, `[N·T, H·D]`.
    fn graph(self) -> Result<Graph, GraphError> {
        let mut builder = GraphBuilder::new("attention", ElementType::F16);
        builder.layer("layer", "block", LayerKind::Attention);
        let (rows, width, groups) = (
            self.sequences * self.tokens,
            self.heads * self.channels,
            self.sequences * self.heads,
        );
        let x = builder.input("x", vec![rows, 3 * width], ElementType::F16)?;
        let mut part = |index: u64| {
            let columns = SliceRange {
                start: index * width,
                count: width,
                step: 1,
            };
            let by = Rearrangement::slice(&[rows, 3 * width], &[SliceRange::whole(rows), columns])
                .expect("columns");
            builder.rearrange(format!("part{index}"), by, vec![x])
        };
        let [queries, keys, values] = [part(0)?, part(1)?, part(2)?];
        let queries = self.moved(
            &mut builder,
            "queries",
            queries,
            &[&[1], &[0, 2, 3], &[]],
            &[&[0, 1], &[2, 3]],
        )?;
        let keys = self.moved(
            &mut builder,
            "keys",
            keys,
            &[&[0, 2, 1], &[3], &[]],
            &[&[0, 1], &[2, 3]],
        )?;
        let values = self.moved(
            &mut builder,
            "values",
            values,
            &[&[0, 2, 3], &[1], &[]],
            &[&[0, 1], &[2, 3]],
        )?;
        let product = |inputs: u64, outputs: u64| {
            let of_all = Convolution::new(self.tokens, groups * inputs, groups * outputs, &[1], &[1]);
            OpKind::Convolution(of_all.grouped(groups).expect("whole groups"))
        };
        let scores = builder.op("scores", product(self.channels, self.tokens), vec![queries, keys])?;
        let shape = [self.tokens, groups, self.tokens];
        let mut scores = builder.reshape("pairs", scores, &shape)?;
        if self.is_masked {
            let mask = builder.parameter("mask", vec![self.tokens, 1, self.tokens])?;
            scores = builder.binary("masked", Binary::Add, scores, mask)?;
        }
        let shares = builder.op("softmax", OpKind::Softmax { axes: 2..3 }, vec![scores])?;
        let shares = builder.reshape("shares", shares, &[self.tokens, groups * self.tokens, 1])?;
        let joined = builder.op(
            "values/product",
            product(self.tokens, self.channels),
            vec![shares, values],
        )?;
        let y = self.moved(
            &mut builder,
            "rows",
            joined,
            &[&[0, 1], &[2, 3]],
            &[&[1], &[0, 2, 3], &[]],
        )?;
        builder.finish(vec![y])
    }

    /// A movement by sequence, token, head and channel.
    fn moved(
        self,
        builder: &mut GraphBuilder,
        name: &str,
        x: TensorId,
        result: &[&[u8]],
        source: &[&[u8]],
    ) -> Result<TensorId, GraphError> {
        let by = Rearrangement {
            sizes: vec![self.sequences, self.tokens, self.heads, self.channels],
            result: result.iter().map(|digits| digits.to_vec()).collect(),
            sources: vec![
                source
                    .iter()
                    .map(|digits| SourceIndex::Digits(digits.to_vec()))
                    .collect(),
            ],
            fill: 0.0,
        };
        builder.rearrange(name, by, vec![x])
    }
}

/// What differs under plans that are drawn: for each convolution one, so far as its kernel takes a tile's share of it.
fn difference(graph: &Graph, draws: &[Draw], floats: bool) -> Result<Option<String>, LowerError> {
    let machine = machine(TILES);
    let options = if floats { float() } else { half() };
    // Each draw is for some of the convolutions: few fit all of them.
    let chosen = |request: &PlanRequest, draw: usize| -> Option<Plan> {
        let sizes = &request.convolution;
        let which = sizes.in_channels_per_group + 3 * sizes.out_channels_per_group + sizes.batch;
        let is_drawn = (which as usize + draw).is_multiple_of(2);
        draws[draw].plan(request, &machine).filter(|_| is_drawn)
    };
    // Other draws until there is a program; in the end plans that are searched.
    let mut program = None;
    for first in 0..draws.len() {
        let given = |request: &PlanRequest| chosen(request, first);
        match lower(graph, &machine, &options, PlanSource::Given(&given)) {
            Ok(lowered) => {
                program = Some(lowered.program);
                break;
            }
            Err(LowerError::Plan { .. } | LowerError::Unsupported { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let program = match program {
        Some(program) => program,
        None => lower(graph, &machine, &options, PlanSource::Own)?.program,
    };
    let (inputs, weights) = (seeded_inputs(graph, 1), seeded_weights(graph, 2));
    Ok(compare(graph, &program, &inputs, &weights, Mode::Float, 1e-4))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn attention_under_any_plans(
        of in attention(),
        draws in prop::collection::vec(draw(), 16),
        floats in any::<bool>(),
    ) {
        let graph = of.graph().expect("a graph");
        prop_assert_eq!(difference(&graph, &draws, floats).expect("a program"), None);
    }

    #[test]
    fn gradients_of_attention_under_any_plans(of in attention(), draws in prop::collection::vec(draw(), 16)) {
        let graph = of.graph().expect("a graph");
        let backward = vector_jacobian(&graph).expect("a backward pass");
        prop_assert_eq!(difference(&backward.graph, &draws, false).expect("a program"), None);
    }
}
