//! Bringing operands to the tiles that need them: one exchange, and the copies that it calls for.

use tilesim_program::{
    Movement, Source, Transfer, VariableId, Work,
    geometry::Placement,
    work::{VectorKernel, VectorWork},
};

use crate::{emitter::Emitter, layout::Value};

/// One exchange under construction.
pub(crate) struct Gathering<'a> {
    emitter: &'a mut Emitter,
    name: String,
    movements: Vec<Movement>,
    reads: Vec<VariableId>,
    writes: Vec<VariableId>,
    copies: Vec<Rearranging>,
}

/// An operand that arrives in another order than its kernel takes.
struct Rearranging {
    name: String,
    work: VectorWork,
    from: VariableId,
    to: VariableId,
}

impl<'a> Gathering<'a> {
    pub(crate) const fn new(emitter: &'a mut Emitter, name: String) -> Self {
        Self {
            emitter,
            name,
            movements: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// Brings `value` to where it is needed, in the order in which it is needed; the memory in which it will then be.
    ///
    /// Where it already lies so, nothing moves. Contiguous runs that both orders keep together are copied as one.
    pub(crate) fn bring(
        &mut self,
        name: &str,
        value: &Value,
        need: Placement,
        element_bytes: u64,
    ) -> VariableId {
        if lies_as_needed(&value.placement, &need) {
            return value.variable;
        }
        let transfer = Transfer {
            from: value.placement.clone(),
            to: need.clone(),
            element_bytes,
        };
        let arrived = self
            .emitter
            .temporary(format!("{name} gathered"), &need, element_bytes);
        self.reads.push(value.variable);
        self.writes.push(arrived);
        let keeps_order = transfer.keeps_order();
        let piece_bytes = transfer.atom_bytes();
        self.movements.push(Movement::Transfer(transfer));
        if keeps_order {
            return arrived;
        }
        let rearranged = self
            .emitter
            .temporary(format!("{name} rearranged"), &need, element_bytes);
        self.copies.push(Rearranging {
            name: format!("{name} rearrange"),
            work: VectorWork {
                over: need,
                kernel: VectorKernel::Copy {
                    element_bytes,
                    piece_bytes,
                },
            },
            from: arrived,
            to: rearranged,
        });
        rearranged
    }

    /// Brings a parameter from where it rests, which is where it is needed, shared out among the tiles that need the same.
    pub(crate) fn bring_parameter(
        &mut self,
        name: &str,
        rest: Placement,
        need: Placement,
        element_bytes: u64,
        source: Source,
    ) -> VariableId {
        let variable = self
            .emitter
            .resident(name.to_owned(), &rest, element_bytes, source);
        let value = Value {
            variable,
            placement: rest,
        };
        self.bring(name, &value, need, element_bytes)
    }

    /// Emits the exchange and the copies.
    pub(crate) fn finish(self) {
        self.emitter
            .exchange(self.name, self.movements, self.reads, self.writes);
        for copy in self.copies {
            self.emitter
                .compute(copy.name, Work::Vector(copy.work), vec![copy.from], vec![copy.to]);
        }
    }
}

/// Whether every tile holds just what it needs, in the order in which it needs it.
fn lies_as_needed(held: &Placement, needed: &Placement) -> bool {
    held.grid == needed.grid
        && held.operand == needed.operand
        && held.channel_block == needed.channel_block
        && held.spare_parts() == 1
}
