//! What lives while a convolution runs, beside what rests.

use std::collections::{HashMap, HashSet};

use tilesim_program::{Program, Step, StepId, VariableId};

/// What the operators of a program hold for a while.
pub(crate) struct Temporaries<'a> {
    program: &'a Program,
    /// Steps in order of execution, bodies of loops once.
    visits: Vec<&'a Step>,
    /// First and last visit that touches each variable; nothing for one that nobody does.
    lifetimes: Vec<Option<(usize, usize)>>,
    variables_of: HashMap<&'a str, Vec<VariableId>>,
    visits_of: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Temporaries<'a> {
    /// Those of `program`, whose operators have these names.
    pub(crate) fn of(program: &'a Program, operators: &HashSet<&'a str>) -> Self {
        let mut order: Vec<StepId> = Vec::new();
        program.control.visit(&mut |step, _| order.push(step));
        let visits: Vec<&Step> = order.iter().map(|step| &program.steps[step.0 as usize]).collect();
        let mut lifetimes: Vec<Option<(usize, usize)>> = vec![None; program.variables.len()];
        let mut visits_of: HashMap<&str, Vec<usize>> = HashMap::new();
        for (visit, step) in visits.iter().enumerate() {
            if let Some(operator) = owner(&step.name, operators) {
                visits_of.entry(operator).or_default().push(visit);
            }
            for id in step.touches() {
                let lifetime = &mut lifetimes[id.0 as usize];
                *lifetime = Some((lifetime.map_or(visit, |(first, _)| first), visit));
            }
        }
        for (first, last) in program.control.loops() {
            for lifetime in lifetimes.iter_mut().flatten() {
                let touches = lifetime.0 <= last && lifetime.1 >= first;
                if touches && (lifetime.0 < first || lifetime.1 > last) {
                    *lifetime = (lifetime.0.min(first), lifetime.1.max(last));
                }
            }
        }
        let mut variables_of: HashMap<&str, Vec<VariableId>> = HashMap::new();
        for (variable, index) in program.variables.iter().zip(0..) {
            if let Some(operator) = owner(&variable.name, operators) {
                variables_of.entry(operator).or_default().push(VariableId(index));
            }
        }
        Self {
            program,
            visits,
            lifetimes,
            variables_of,
            visits_of,
        }
    }

    /// The most bytes that a convolution holds on a tile, and the step in which it does.
    ///
    /// Its operands rest before it and its result after it, which is nothing of its own: neither where an operand is first brought into
    /// the order of the plan, each element once, nor the whole result of a loop, nor a bias.
    pub(crate) fn most(&self, operator: &str) -> (u64, &'a str) {
        let (Some(variables), Some(visits)) = (self.variables_of.get(operator), self.visits_of.get(operator))
        else {
            return (0, "");
        };
        let steps = || visits.iter().map(|visit| self.visits[*visit]);
        let of_kernel: HashSet<VariableId> = steps()
            .filter(|step| step.name.ends_with(" convolve") || step.name.ends_with(" reduce"))
            .flat_map(Step::touches)
            .collect();
        let mut sums: Vec<Vec<u64>> = vec![Vec::new(); visits.len()];
        for id in variables {
            let variable = &self.program.variables[id.0 as usize];
            let Some((first, last)) = self.lifetimes[id.0 as usize] else {
                continue;
            };
            if variable.always_live || variable.name.ends_with("/bias gathered") {
                continue;
            }
            let rests = || {
                let elements: u64 = variable.placement.elements_by_tile().iter().sum();
                elements <= variable.placement.operand.elements()
            };
            if !of_kernel.contains(id) && rests() {
                continue;
            }
            let by_tile = variable.bytes_by_tile(|bytes| bytes);
            for (sum, visit) in sums.iter_mut().zip(visits) {
                if (first..=last).contains(visit) {
                    sum.resize(sum.len().max(by_tile.len()), 0);
                    sum.iter_mut().zip(&by_tile).for_each(|(sum, own)| *sum += own);
                }
            }
        }
        let fullest = sums.into_iter().map(|sum| sum.into_iter().max().unwrap_or(0));
        fullest
            .zip(steps().map(|step| step.name.as_str()))
            .max()
            .unwrap_or((0, ""))
    }
}

/// The operator that a variable or step of this name belongs to: the one whose name says most of it.
fn owner<'a>(name: &str, operators: &HashSet<&'a str>) -> Option<&'a str> {
    let ends = name.rmatch_indices(['/', ' ']);
    ends.map(|(end, _)| &name[..end])
        .find_map(|start| operators.get(start).copied())
}
