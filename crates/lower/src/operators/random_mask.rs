//! Random factors of dropout and of stochastic depth.

use tilesim_graph::Op;
use tilesim_program::{
    Scalar, VariableId, Work,
    work::{CopyPositions, VectorKernel, VectorWork},
};
use tilesim_terms::ElementType;

use super::fill;
use crate::{
    context::Context,
    layout::{Layout, row_major},
};

/// Words of the state of a tile's random number generator.
const SEED_WORDS: u64 = 4;

/// Drawn where what they drop lies. Around it every tile saves the state of its generator, takes that of this draw, and gets its own back,
/// each a step. That these steps are made is of the framework's public source; how long the state is, is assumed.
pub(crate) fn lower(context: &mut Context, op: &Op, rate: f64) {
    let seeds = row_major(&[context.tiles(), SEED_WORDS], SEED_WORDS, context.tiles());
    let saved = seed_step(context, op, &seeds, "save seeds", None);
    seed_step(context, op, &seeds, "set seeds", None);
    let mask = fill::made(context, op);
    context.emitter.compute(
        format!("{} draw", op.name),
        Work::Vector(VectorWork {
            over: mask.placement().clone(),
            kernel: VectorKernel::RandomMask {
                element_type: mask.element_type,
                rate: Scalar::new(rate),
            },
        }),
        Vec::new(),
        vec![mask.variable],
    );
    seed_step(context, op, &seeds, "restore seeds", Some(saved));
    context.define(op.output, mask);
}

/// A step in which every tile writes the words of a state, those of `from` where there is one.
fn seed_step(
    context: &mut Context,
    op: &Op,
    seeds: &Layout,
    what: &str,
    from: Option<VariableId>,
) -> VariableId {
    let bytes = ElementType::I32.bytes();
    let variable = context
        .emitter
        .temporary(format!("{}/{what}", op.name), &seeds.placement, bytes);
    let kernel = match from {
        Some(_) => VectorKernel::Copy {
            element_bytes: bytes,
            piece_bytes: u64::MAX,
            positions: CopyPositions::Same,
        },
        None => VectorKernel::Fill {
            element_type: ElementType::I32,
            value: Scalar::new(0.0),
        },
    };
    context.emitter.compute(
        format!("{} {what}", op.name),
        Work::Vector(VectorWork {
            over: seeds.placement.clone(),
            kernel,
        }),
        from.into_iter().collect(),
        vec![variable],
    );
    variable
}
