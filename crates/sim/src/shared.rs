//! What runs share: what steps cost, and who holds, sends and computes how much.

use std::{
    collections::VecDeque,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use hashbrown::Equivalent;
use rustc_hash::FxHasher;
use tilesim_geometry::Placement;
use tilesim_machine::Machine;
use tilesim_program::{Action, Movement, Precision, Variable, Work, work::WorkClass};
use tilesim_terms::Memo;

use crate::{SimError, code::StepCode, cost::StepCost, exchange, moved::Moved, tile_bytes::TileBytes};

/// Costs of steps, and exchanges, compute sets and variables of as many programs as there is room for. A run that finds its own there
/// works out nothing but what lives when; its profile is the same.
#[derive(Debug)]
pub struct SharedGeometry {
    machines: Mutex<Machines>,
    steps: Memo<StepKey, StepAnswer>,
    exchanges: Memo<(u64, Vec<Movement>), Moved>,
    classes: Memo<Work, Vec<WorkClass>>,
    bytes: Memo<(Placement, u64), TileBytes>,
}

impl SharedGeometry {
    /// Room for about so many bytes. A network of a few hundred steps takes some megabytes.
    pub fn new(bytes: usize) -> Self {
        /// About what a key takes: a few grids and operands.
        const KEY: usize = 512;
        let part = bytes / 8;
        Self {
            machines: Mutex::default(),
            steps: Memo::new(2 * part, |_, answer| KEY + answer.code.heap_bytes()),
            exchanges: Memo::new(3 * part, |_, moved| KEY + size_of_val(moved.runs.as_slice())),
            classes: Memo::new(part, |_, classes| KEY + size_of_val(classes.as_slice())),
            bytes: Memo::new(2 * part, |_, bytes| KEY + bytes.heap_bytes()),
        }
    }

    /// The number by which steps on a machine go.
    fn machine(&self, machine: &Machine) -> u64 {
        let mut machines = self.machines.lock().unwrap_or_else(PoisonError::into_inner);
        machines.number(machine)
    }
}

/// What one step costs, and the code that it takes.
#[derive(Debug)]
pub(crate) struct StepAnswer {
    pub(crate) cost: StepCost,
    pub(crate) code: StepCode,
}

/// Machines of which costs of steps are kept.
#[derive(Debug, Default)]
struct Machines {
    known: VecDeque<(Machine, u64)>,
    next: u64,
}

impl Machines {
    /// Most that are kept.
    const MOST: usize = 64;

    /// The number of a machine; another one than before where it was forgotten.
    fn number(&mut self, machine: &Machine) -> u64 {
        // Steps cost the same, whatever memory there is.
        let essence = Machine {
            tile_memory_bytes: 0,
            ..machine.clone()
        };
        if let Some((_, number)) = self.known.iter().find(|(known, _)| *known == essence) {
            return *number;
        }
        if self.known.len() >= Self::MOST {
            self.known.pop_front();
        }
        let number = self.next;
        self.next += 1;
        self.known.push_back((essence, number));
        number
    }
}

/// What the cost of a step depends on, with its hash: actions are large.
#[derive(Debug)]
struct StepKey {
    hash: u64,
    context: StepContext,
    action: Action,
}

/// What the cost of a step depends on beside what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct StepContext {
    machine: u64,
    precision: Precision,
}

/// A key that is looked up.
struct StepQuery<'a> {
    hash: u64,
    context: StepContext,
    action: &'a Action,
}

impl Hash for StepKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for StepKey {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.context == other.context && self.action == other.action
    }
}

impl Eq for StepKey {}

impl Hash for StepQuery<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<StepKey> for StepQuery<'_> {
    fn equivalent(&self, key: &StepKey) -> bool {
        self.hash == key.hash && self.context == key.context && *self.action == key.action
    }
}

/// A key of exchanges that is looked up.
#[derive(Hash)]
struct ExchangeQuery<'a>(u64, &'a [Movement]);

impl Equivalent<(u64, Vec<Movement>)> for ExchangeQuery<'_> {
    fn equivalent(&self, key: &(u64, Vec<Movement>)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

/// Where a run takes its geometry from. Profiles of own and of shared geometry are the same.
#[derive(Debug, Clone, Copy)]
pub enum GeometrySource<'a> {
    /// The run works everything out itself.
    Own,
    /// The run looks whether others have, and leaves them what it finds.
    Shared(&'a SharedGeometry),
}

/// Where a run on one machine takes the costs of its steps from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepSource<'a> {
    geometry: GeometrySource<'a>,
    context: StepContext,
}

impl<'a> StepSource<'a> {
    /// Of runs on a machine, in types of data and partial sums.
    pub(crate) fn new(geometry: GeometrySource<'a>, machine: &Machine, precision: Precision) -> Self {
        let machine = match geometry {
            GeometrySource::Own => 0,
            GeometrySource::Shared(shared) => shared.machine(machine),
        };
        Self {
            geometry,
            context: StepContext { machine, precision },
        }
    }

    /// What an action costs, whose hash is `hash`; an error is not kept.
    pub(crate) fn of(
        self,
        hash: u64,
        action: &Action,
        find: impl FnOnce() -> Result<StepAnswer, SimError>,
    ) -> Result<Arc<StepAnswer>, SimError> {
        // What other chips do in it depends on the system.
        let is_own = matches!(action, Action::Compute(_) | Action::Exchange(_));
        let (GeometrySource::Shared(shared), true) = (self.geometry, is_own) else {
            return find().map(Arc::new);
        };
        let mut hasher = FxHasher::default();
        (hash, self.context).hash(&mut hasher);
        let query = StepQuery {
            hash: hasher.finish(),
            context: self.context,
            action,
        };
        if let Some(known) = shared.steps.known(&query) {
            return Ok(known);
        }
        let answer = Arc::new(find()?);
        let StepQuery { hash, context, .. } = query;
        let action = action.clone();
        shared.steps.keep(
            StepKey {
                hash,
                context,
                action,
            },
            &answer,
        );
        Ok(answer)
    }
}

impl GeometrySource<'_> {
    /// What every tile does in an exchange.
    pub(crate) fn moved(self, machine: &Machine, movements: &[Movement]) -> Arc<Moved> {
        let find = || Moved::new(&exchange::by_tile(machine, movements));
        match self {
            Self::Own => Arc::new(find()),
            Self::Shared(shared) => {
                let query = ExchangeQuery(exchange::tiles_per_bus(machine), movements);
                shared
                    .exchanges
                    .of(&query, |query| (query.0, query.1.to_vec()), find)
            }
        }
    }

    /// Tiles with equal work.
    pub(crate) fn classes(self, work: &Work) -> Arc<Vec<WorkClass>> {
        match self {
            Self::Own => Arc::new(work.classes()),
            Self::Shared(shared) => shared.classes.of(work, Work::clone, || work.classes()),
        }
    }

    /// Bytes of a variable on every tile.
    pub(crate) fn bytes_by_tile(self, variable: &Variable) -> Arc<TileBytes> {
        match self {
            Self::Own => Arc::new(TileBytes::new(variable)),
            Self::Shared(shared) => {
                let key = (variable.placement.clone(), variable.element_bytes);
                shared.bytes.of(&key, Clone::clone, || TileBytes::new(variable))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tilesim_test_support::machines::mk2;

    use super::*;

    #[test]
    fn machines_are_few_and_never_mistaken_for_others() {
        let mut machines = Machines::default();
        let slower = |cycles: u32| Machine {
            sync_cycles: cycles,
            ..mk2()
        };
        let first = machines.number(&slower(1));
        let more_memory = Machine {
            tile_memory_bytes: 1,
            ..slower(1)
        };
        assert_eq!(machines.number(&more_memory), first);
        let others: Vec<u64> = (2..200).map(|cycles| machines.number(&slower(cycles))).collect();
        assert!(machines.known.len() <= Machines::MOST);
        assert!(!others.contains(&first) && machines.number(&slower(1)) != first);
    }
}
