//! How much memory an execution takes, before it takes any.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tilesim_geometry::Placement;
use tilesim_program::{Action, Movement, Program, StepId, TensorRole, VariableId};

use crate::schedule::Schedule;

/// Bytes of a value while it is computed with: single precision, whatever type the machine would hold it in.
const VALUE: u64 = 4;
/// Bytes of an interval of a tile's region, and boxes that a region has where tiles share cells out.
const INTERVAL: u64 = 16;
const BOXES_OF_SHARES: u64 = 3;

/// The memory that an execution takes at the step where it takes the most. Inputs and weights, which the caller has, are not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Bytes in all.
    pub bytes: u64,
    /// Name of the step.
    pub step: String,
    /// Bytes of what tiles hold then of each variable, by name; the largest first.
    pub held: Vec<(String, u64)>,
}

impl Footprint {
    /// Of a program. What tiles hold of its variables is counted exactly, as often as it lies on tiles; beside it a copy of all that a
    /// step reads and writes, as movements make one on the way, and where every tile has what.
    pub fn of(program: &Program) -> Self {
        let mut sizes = Sizes::default();
        let schedule = Schedule::new(program);
        let mut outputs: BTreeMap<StepId, u64> = BTreeMap::new();
        for tensor in &program.tensors {
            if let (TensorRole::Output, Some(step)) = (tensor.role, tensor.after) {
                let elements = tensor
                    .shape
                    .iter()
                    .fold(VALUE, |product, &size| product.saturating_mul(size));
                *outputs.entry(step).or_default() += elements;
            }
        }
        // What lives, and what of it lives when the most does.
        let mut live: BTreeMap<VariableId, u64> = BTreeMap::new();
        let (mut held, mut read_out) = (0_u64, 0_u64);
        let (mut peak, mut at_peak) = (Self::default(), BTreeMap::new());
        for (index, visit) in schedule.visits.iter().enumerate() {
            let step = &program.steps[visit.step.0 as usize];
            let mut copied = 0_u64;
            for (place, &id) in step.reads.iter().chain(&step.writes).enumerate() {
                let placement = &program.variables[id.0 as usize].placement;
                copied = copied.saturating_add(whole(placement));
                let mut bytes = sizes.held(placement);
                // Partial results lie where they are added up, as many as there were.
                if let Some(movement) = place.checked_sub(step.reads.len())
                    && let Action::Exchange(movements) = &step.action
                    && let Some(Movement::PartialSums(_) | Movement::PartialResults(_)) =
                        movements.get(movement)
                    && let Some(from) = step.reads.get(movement)
                {
                    let from = sizes.held(&program.variables[from.0 as usize].placement);
                    // With where the values of each element begin.
                    bytes = bytes.saturating_add(from);
                }
                let before = live.insert(id, bytes).unwrap_or(0);
                held = held.saturating_sub(before).saturating_add(bytes);
            }
            if schedule.is_last_of_step(index) {
                read_out = read_out.saturating_add(outputs.get(&visit.step).copied().unwrap_or(0));
            }
            let now = held
                .saturating_add(copied)
                .saturating_add(read_out)
                .saturating_add(sizes.tables);
            if now > peak.bytes {
                peak.bytes = now;
                peak.step.clone_from(&step.name);
                at_peak.clone_from(&live);
            }
            for id in step.touches() {
                if schedule.is_last_use(index, id.0 as usize) {
                    held = held.saturating_sub(live.remove(&id).unwrap_or(0));
                }
            }
        }
        let name = |id: VariableId| program.variables[id.0 as usize].name.clone();
        peak.held = at_peak.into_iter().map(|(id, bytes)| (name(id), bytes)).collect();
        peak.held
            .sort_by(|(one, most), (other, least)| least.cmp(most).then_with(|| one.cmp(other)));
        peak
    }
}

/// Bytes of the tensor of a placement as a whole.
fn whole(placement: &Placement) -> u64 {
    let sizes = placement.operand.shape.iter();
    sizes.fold(VALUE, |product, &size| product.saturating_mul(size))
}

/// What tiles hold of placements, of which programs have many that are equal.
#[derive(Debug, Default)]
struct Sizes {
    held: FxHashMap<Placement, u64>,
    /// Bytes of what says which tile has what, of all placements that were met.
    tables: u64,
}

impl Sizes {
    /// Bytes of the values that all tiles hold together.
    fn held(&mut self, placement: &Placement) -> u64 {
        if let Some(held) = self.held.get(placement) {
            return *held;
        }
        let of_tiles = placement.by_elements(|elements| elements);
        let held = of_tiles.iter().fold(0, |sum: u64, elements| {
            sum.saturating_add(elements.saturating_mul(VALUE))
        });
        let boxes = if placement.sharers() > 1 {
            BOXES_OF_SHARES
        } else {
            1
        };
        let table = boxes * INTERVAL * placement.operand.shape.len() as u64 + VALUE;
        self.tables = self.tables.saturating_add(table * of_tiles.len() as u64);
        self.held.insert(placement.clone(), held);
        held
    }
}
