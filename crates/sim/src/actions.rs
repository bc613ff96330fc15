//! Which steps of a program do alike.

use rustc_hash::FxHashMap;
use tilesim_program::{Action, Program, Step};
use tilesim_terms::Phase;

/// The different actions of a program.
pub(crate) struct Actions<'a> {
    /// The first step of each.
    pub(crate) distinct: Vec<&'a Step>,
    /// Of every step, which of them it does.
    pub(crate) of_step: Vec<usize>,
}

impl<'a> Actions<'a> {
    pub(crate) fn of(program: &'a Program) -> Self {
        let mut index_of: FxHashMap<&Action, usize> = FxHashMap::default();
        let mut distinct = Vec::new();
        let of_step = program
            .steps
            .iter()
            .map(|step| {
                *index_of.entry(&step.action).or_insert_with(|| {
                    distinct.push(step);
                    distinct.len() - 1
                })
            })
            .collect();
        Self { distinct, of_step }
    }

    /// The steps that keep code of their own, each with the number of its action.
    ///
    /// Every step has code of its own, even where two do alike: its addresses are others. But a recomputation calls the functions of
    /// the forward pass on tensors that lie as theirs (TensorFlow for the IPU, `generic_graph_caching.cc`).
    pub(crate) fn with_code(&self, program: &'a Program) -> Vec<(usize, &'a Step)> {
        let mut is_forward = vec![false; self.distinct.len()];
        let mut kept = Vec::with_capacity(program.steps.len());
        for (step, &index) in program.steps.iter().zip(&self.of_step) {
            match program.layers.get(step.layer).map(|layer| layer.phase) {
                Some(Phase::Recompute) if is_forward[index] => continue,
                Some(Phase::Forward) => is_forward[index] = true,
                _ => {}
            }
            kept.push((index, step));
        }
        kept
    }
}
