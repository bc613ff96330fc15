//! The order in which steps run, and how long variables are used.

use tilesim_program::{Control, Program, StepId};

/// One run of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit {
    /// The step.
    pub(crate) step: StepId,
    /// Round of the innermost loop around it, from 0.
    pub(crate) round: u64,
}

/// All runs of all steps, and what each is the last of.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// In order.
    pub(crate) visits: Vec<Visit>,
    /// By variable: the visit that uses it last, or past all visits where it is read out after a later one.
    last_use: Vec<usize>,
    /// By step: its last visit.
    last_visit: Vec<usize>,
}

impl Schedule {
    /// The schedule of a program.
    pub(crate) fn new(program: &Program) -> Self {
        let mut visits = Vec::new();
        unroll(&program.control, 0, &mut visits);
        let mut last_use = vec![0; program.variables.len()];
        let mut last_visit = vec![usize::MAX; program.steps.len()];
        for (index, visit) in visits.iter().enumerate() {
            last_visit[visit.step.0 as usize] = index;
            let step = &program.steps[visit.step.0 as usize];
            for variable in step.touches() {
                last_use[variable.0 as usize] = index;
            }
        }
        // Tensors are read out after a step that need not be the one that touches their variable.
        for tensor in &program.tensors {
            if let Some(step) = tensor.after {
                let last = &mut last_use[tensor.variable.0 as usize];
                if *last <= last_visit[step.0 as usize] {
                    *last = usize::MAX;
                }
            }
        }
        Self {
            visits,
            last_use,
            last_visit,
        }
    }

    /// Whether a visit is the last of its step: a loop has computed what it computes only in its last round.
    pub(crate) fn is_last_of_step(&self, index: usize) -> bool {
        self.last_visit[self.visits[index].step.0 as usize] == index
    }

    /// Whether nobody uses a variable after a visit.
    pub(crate) fn is_last_use(&self, index: usize, variable: usize) -> bool {
        self.last_use[variable] == index
    }
}

fn unroll(control: &Control, round: u64, visits: &mut Vec<Visit>) {
    match control {
        Control::Step(step) => visits.push(Visit { step: *step, round }),
        Control::Sequence(parts) => parts.iter().for_each(|part| unroll(part, round, visits)),
        Control::Repeat { times, body } => (0..*times).for_each(|round| unroll(body, round, visits)),
    }
}
