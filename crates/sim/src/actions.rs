//! Which steps of a program do alike.

use std::hash::{BuildHasher, Hash, Hasher};

use rustc_hash::{FxBuildHasher, FxHashMap};
use tilesim_program::{Action, Program, Step};
use tilesim_terms::Phase;

/// An action with its hash: actions are large.
#[derive(PartialEq, Eq)]
struct Hashed<'a> {
    hash: u64,
    action: &'a Action,
}

impl<'a> Hashed<'a> {
    fn new(action: &'a Action) -> Self {
        Self {
            hash: FxBuildHasher.hash_one(action),
            action,
        }
    }
}

impl Hash for Hashed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// The different actions of a program.
pub(crate) struct Actions<'a> {
    /// The first step of each, and the hash of its action.
    pub(crate) distinct: Vec<(&'a Step, u64)>,
    /// Of every step, which of them it does.
    pub(crate) of_step: Vec<usize>,
}

impl<'a> Actions<'a> {
    pub(crate) fn of(program: &'a Program) -> Self {
        let mut index_of: FxHashMap<Hashed<'_>, usize> = FxHashMap::default();
        let mut distinct = Vec::new();
        let of_step = program
            .steps
            .iter()
            .map(|step| {
                let action = Hashed::new(&step.action);
                let hash = action.hash;
                *index_of.entry(action).or_insert_with(|| {
                    distinct.push((step, hash));
                    distinct.len() - 1
                })
            })
            .collect();
        Self { distinct, of_step }
    }

    /// The steps that keep code of their own, each with the number of its action.
    ///
    /// A step has code of its own, even where another does alike: its addresses are others. But a function has one set of variables,
    /// into which its arguments are copied, so that all calls on what lies alike share its code; and a recomputation calls the
    /// forward pass of its stage, which is a function (TensorFlow for the IPU, `generic_graph_caching.cc`).
    pub(crate) fn with_code(&self, program: &'a Program) -> Vec<(usize, &'a Step)> {
        let mut is_forward = vec![false; self.distinct.len()];
        // How often one call has done the action, at most.
        let mut called = vec![0_u32; self.distinct.len()];
        let mut by_call: FxHashMap<(u32, usize), u32> = FxHashMap::default();
        let mut kept = Vec::with_capacity(program.steps.len());
        for (step, &index) in program.steps.iter().zip(&self.of_step) {
            if let Some(call) = step.call {
                let times = by_call.entry((call, index)).or_default();
                *times += 1;
                if *times <= called[index] {
                    continue;
                }
                called[index] = *times;
            }
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

#[cfg(test)]
mod tests {
    use tilesim_machine::ElementType;
    use tilesim_program::{Control, HostDirection, Precision, ProgramLayer};
    use tilesim_terms::LayerKind;

    use super::*;

    /// A program of steps by phase, bytes that the host moves, and the call that they are part of.
    fn program(steps: &[(Phase, u64, Option<u32>)]) -> Program {
        let layer = |phase| ProgramLayer {
            name: String::new(),
            kind: LayerKind::Conv,
            plan: String::new(),
            phase,
        };
        let step = |&(phase, bytes, call): &(Phase, u64, Option<u32>)| Step {
            name: String::new(),
            layer: phase as usize,
            action: Action::Host {
                direction: HostDirection::In,
                bytes,
            },
            reads: Vec::new(),
            writes: Vec::new(),
            workspace: Vec::new(),
            call,
        };
        Program {
            name: String::new(),
            layers: Phase::ALL.map(layer).to_vec(),
            variables: Vec::new(),
            steps: steps.iter().map(step).collect(),
            tensors: Vec::new(),
            control: Control::Sequence(Vec::new()),
            precision: Precision {
                data: ElementType::F16,
                partials: ElementType::F32,
            },
            io_tiles: 0,
            batches_per_step: None,
        }
    }

    /// The positions of the steps of `steps` that keep code.
    fn with_code(steps: &[(Phase, u64, Option<u32>)]) -> Vec<usize> {
        let program = program(steps);
        let kept = Actions::of(&program).with_code(&program);
        let position = |(_, step): &(usize, &Step)| {
            let at = program.steps.iter().position(|other| std::ptr::eq(other, *step));
            at.unwrap_or(usize::MAX)
        };
        kept.iter().map(position).collect()
    }

    #[test]
    fn steps_outside_functions_have_code_of_their_own() {
        let steps = [
            (Phase::Forward, 1, None),
            (Phase::Forward, 1, None),
            (Phase::Backward, 1, None),
        ];
        assert_eq!(with_code(&steps), [0, 1, 2]);
    }

    #[test]
    fn calls_of_a_function_share_the_code_of_what_they_do_alike() {
        let steps = [
            (Phase::Forward, 1, Some(0)),
            (Phase::Forward, 2, Some(0)),
            (Phase::Forward, 1, Some(1)),
            (Phase::Forward, 3, Some(1)),
            (Phase::Backward, 2, Some(2)),
            // Twice in one call.
            (Phase::Backward, 2, Some(2)),
            (Phase::Backward, 2, Some(3)),
            (Phase::Backward, 2, Some(3)),
        ];
        assert_eq!(with_code(&steps), [0, 1, 3, 5]);
    }

    #[test]
    fn a_recomputation_has_no_code_for_what_the_forward_pass_does_alike() {
        let steps = [
            (Phase::Forward, 1, None),
            (Phase::Recompute, 1, None),
            (Phase::Recompute, 2, None),
            (Phase::Recompute, 2, None),
        ];
        assert_eq!(with_code(&steps), [0, 2, 3]);
    }

    #[test]
    fn a_step_that_does_as_a_function_does_shares_nothing_outside_of_it() {
        let steps = [
            (Phase::Forward, 1, Some(0)),
            (Phase::Forward, 1, None),
            (Phase::Forward, 1, Some(1)),
        ];
        assert_eq!(with_code(&steps), [0, 1]);
    }
}
