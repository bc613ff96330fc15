//! Bringing operands to the tiles that need them: one exchange, and the rearrangements that go with it.

use tilesim_geometry::{Extent, Placement, Transfer};
use tilesim_machine::ElementType;
use tilesim_program::{
    Movement, VariableId, Work,
    work::{CopyPositions, VectorKernel, VectorWork},
};

use crate::{
    emitter::Emitter,
    layout::{Layout, Order, Rearrangement, Value},
    placements::SharedPlacements,
};

/// One exchange under construction.
pub(crate) struct Gathering<'a> {
    emitter: &'a mut Emitter,
    placements: &'a SharedPlacements,
    name: String,
    before: Vec<Rearranging>,
    movements: Vec<Movement>,
    reads: Vec<VariableId>,
    writes: Vec<VariableId>,
    after: Vec<Rearranging>,
}

/// A tensor that changes its order on the tiles.
struct Rearranging {
    name: String,
    work: VectorWork,
    from: VariableId,
    to: VariableId,
}

impl<'a> Gathering<'a> {
    pub(crate) const fn new(
        emitter: &'a mut Emitter,
        placements: &'a SharedPlacements,
        name: String,
    ) -> Self {
        Self {
            emitter,
            placements,
            name,
            before: Vec::new(),
            movements: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            after: Vec::new(),
        }
    }

    /// Brings `value` to where it is needed, in the order in which it is needed; the memory in which it will then be.
    ///
    /// Where it already lies so, nothing moves. A change of order happens before the exchange where that is less work, because
    /// many tiles need the same, and else after it.
    pub(crate) fn bring(&mut self, name: &str, value: &Value, need: &Layout) -> VariableId {
        let element_type = value.element_type;
        let rearrangement = rearrangement(value, need);
        let mut source = value.clone();
        let mut after = rearrangement;
        if rearrangement != Rearrangement::None && self.rearranges_before(&value.layout, need) {
            let variable = self.emitter.temporary(
                format!("{name} rearranged"),
                value.placement(),
                element_type.bytes(),
            );
            self.before.push(Rearranging {
                name: format!("{name} rearrange"),
                work: VectorWork {
                    over: value.placement().clone(),
                    kernel: kernel(rearrangement, element_type),
                },
                from: value.variable,
                to: variable,
            });
            source.variable = variable;
            source.layout.order = need.order;
            source.layout.placement.channel_block = need.placement.channel_block;
            after = Rearrangement::None;
        }
        let arrived = if same_elements(source.placement(), &need.placement) {
            source.variable
        } else {
            let arrived =
                self.emitter
                    .temporary(format!("{name} gathered"), &need.placement, element_type.bytes());
            self.reads.push(source.variable);
            self.writes.push(arrived);
            let sample_block = source.layout.order.sample_block();
            self.movements.push(Movement::Transfer(Transfer {
                from: source.layout.placement,
                to: need.placement.clone(),
                element_bytes: element_type.bytes(),
                sample_block,
            }));
            arrived
        };
        if after == Rearrangement::None {
            return arrived;
        }
        self.rearrange_after(name, arrived, need, after, element_type)
    }

    /// Changes the order of what has arrived.
    fn rearrange_after(
        &mut self,
        name: &str,
        arrived: VariableId,
        need: &Layout,
        rearrangement: Rearrangement,
        element_type: ElementType,
    ) -> VariableId {
        let rearranged = self.emitter.temporary(
            format!("{name} rearranged"),
            &need.placement,
            element_type.bytes(),
        );
        self.after.push(Rearranging {
            name: format!("{name} rearrange"),
            work: VectorWork {
                over: need.placement.clone(),
                kernel: kernel(rearrangement, element_type),
            },
            from: arrived,
            to: rearranged,
        });
        rearranged
    }

    /// Brings `value` to where it is needed, and copies it there into an order of its own, even if the runs are those in which it
    /// lay.
    pub(crate) fn lay_out(&mut self, name: &str, value: &Value, need: &Layout) -> VariableId {
        let arrived = self.bring(name, value, need);
        if rearrangement(value, need) != Rearrangement::None {
            return arrived;
        }
        let runs = Rearrangement::Copy {
            elements: need.placement.channel_block,
        };
        self.rearrange_after(name, arrived, need, runs, value.element_type)
    }

    /// Whether a value changes its order where it is needed, once it has arrived there.
    pub(crate) fn is_rearranged(&self, value: &Value, need: &Layout) -> bool {
        rearrangement(value, need) != Rearrangement::None && !self.rearranges_before(&value.layout, need)
    }

    /// Whether a change of order is better done where the tensor is held: its blocks can be cut there into those that are needed,
    /// and the fullest tile holds less than the fullest tile needs.
    fn rearranges_before(&self, held: &Layout, needed: &Layout) -> bool {
        let (Order::Channels { block: from }, Order::Channels { block: to }) = (held.order, needed.order)
        else {
            return false;
        };
        let most = |layout: &Layout| self.placements.most_elements(&layout.placement);
        from.is_multiple_of(to) && most(held) < most(needed)
    }

    /// Emits the rearrangements and the exchange; whether there are any.
    pub(crate) fn finish(self) -> bool {
        let moves = !self.before.is_empty() || !self.movements.is_empty() || !self.after.is_empty();
        for rearranging in self.before {
            rearranging.emit(self.emitter);
        }
        self.emitter
            .exchange(self.name, self.movements, self.reads, self.writes);
        for rearranging in self.after {
            rearranging.emit(self.emitter);
        }
        moves
    }
}

impl Rearranging {
    fn emit(self, emitter: &mut Emitter) {
        emitter.compute(self.name, Work::Vector(self.work), vec![self.from], vec![self.to]);
    }
}

/// How the order of a value becomes the one that is needed. Elements of one long dimension lie one after the other whatever the
/// order: of the whole, or of what each tile needs where rows would have to become columns.
fn rearrangement(value: &Value, need: &Layout) -> Rearrangement {
    let long = value.shape().iter().filter(|&&size| size > 1);
    if long.count() <= 1 {
        return Rearrangement::None;
    }
    match value.layout.order.to(need.order) {
        Rearrangement::Transpose { rows, columns } => transposition(need, rows, columns),
        rearrangement => rearrangement,
    }
}

/// The transposition of matrices of `rows` and `columns` at most, where they are needed: no tile has longer ones than its samples and
/// channels are.
fn transposition(need: &Layout, rows: u64, columns: u64) -> Rearrangement {
    let classes = need.placement.extent_classes();
    let extents = classes.iter().map(|(extent, _)| extent);
    if extents
        .clone()
        .all(|extent| extent.elements == extent.samples || extent.elements == extent.channels)
    {
        return Rearrangement::None;
    }
    let longest = |of: fn(&Extent) -> u64| extents.clone().map(of).max().unwrap_or(1);
    let (samples, channels) = (
        longest(|extent| extent.samples),
        longest(|extent| extent.channels),
    );
    let (most_rows, most_columns) = match need.order {
        Order::Samples { .. } => (samples, channels),
        Order::Channels { .. } => (channels, samples),
    };
    Rearrangement::Transpose {
        rows: rows.min(most_rows),
        columns: columns.min(most_columns),
    }
}

/// The kernel of a rearrangement.
fn kernel(rearrangement: Rearrangement, element_type: ElementType) -> VectorKernel {
    match rearrangement {
        Rearrangement::None => VectorKernel::Copy {
            element_bytes: 0,
            piece_bytes: 0,
            positions: CopyPositions::Same,
        },
        Rearrangement::Copy { elements } => VectorKernel::Copy {
            element_bytes: element_type.bytes(),
            piece_bytes: elements * element_type.bytes(),
            positions: CopyPositions::Same,
        },
        Rearrangement::Transpose { rows, columns } => VectorKernel::Transpose {
            element_type,
            rows,
            columns,
        },
    }
}

/// Whether every tile holds just what it needs.
fn same_elements(held: &Placement, needed: &Placement) -> bool {
    held == needed || (held.grid == needed.grid && held.operand == needed.operand && held.spare_parts() == 1)
}
