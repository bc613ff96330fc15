//! Tiles that are reserved for the host: what they hold, and how it comes to the other tiles and back.

use tilesim_geometry::Transfer;
use tilesim_graph::TensorId;
use tilesim_machine::ElementType;
use tilesim_program::{Movement, VariableId};

use super::{Context, cast};
use crate::layout::{self, Layout, Value};

impl Context<'_> {
    /// Tiles reserved for the host: those behind the ones that compute.
    pub(crate) fn io_tiles(&self) -> u64 {
        u64::from(self.options.host.reserved_tiles())
    }

    /// An input of the graph that the host sends beside the other steps comes to lie in `layout`: one exchange brings it there from
    /// the I/O tiles, where as many batches of it lie as they hold at a time. The host sends it in the order in which it is needed.
    pub(super) fn fetch(&mut self, tensor: TensorId, sent_as: ElementType, layout: Layout) {
        let name = self.graph.tensor(tensor).name.clone();
        let element_type = self.element_type(tensor);
        // Each I/O tile holds what the next so many computing tiles want (PopART, iotilecopyx.cpp: unwindTensorLayout), so that where
        // these are not all in use, I/O tiles are not either.
        let computing_tiles_each = self.tiles().div_ceil(self.io_tiles());
        let in_use = layout.placement.grid.tiles().div_ceil(computing_tiles_each);
        let shape = layout.placement.operand.shape.as_slice();
        let from = self.on_io_tiles(shape, &layout, sent_as.bytes(), in_use);
        let buffer = self.buffer(format!("{name} on I/O tiles"), &from, sent_as);
        let mut buffers = vec![buffer];
        for _ in 1..self.options.host.buffers() {
            buffers.push(self.buffer(format!("{name} prefetched"), &from, sent_as));
        }
        let fetched = if sent_as == element_type {
            name.clone()
        } else {
            format!("{name} as sent")
        };
        let variable = self
            .emitter
            .temporary(fetched, &layout.placement, sent_as.bytes());
        self.cross(
            format!("fetch {name}"),
            (buffer, from),
            (variable, &layout),
            sent_as,
        );
        let value = Value {
            variable,
            layout,
            element_type: sent_as,
        };
        let value = if sent_as == element_type {
            value
        } else {
            cast(self, &name, &value, element_type)
        };
        self.define_in(tensor, value, buffer);
        self.host_buffers.push((tensor, buffers));
    }

    /// A result goes to the I/O tiles, from where the host takes it beside the other steps: the memory in which it then is.
    pub(crate) fn hand_over(&mut self, name: &str, value: &Value) -> VariableId {
        let element_type = value.element_type;
        let all = self.io_tiles();
        let to = self.on_io_tiles(value.shape(), &value.layout, element_type.bytes(), all);
        let buffer = self.buffer(format!("{name} on I/O tiles"), &to, element_type);
        let from = (value.variable, value.layout.clone());
        self.cross(format!("hand over {name}"), from, (buffer, &to), element_type);
        buffer
    }

    /// Inputs that the host sends beside the other steps, and where it may put them: what is read first, then what waits.
    pub(crate) fn host_buffers(&self) -> Vec<(TensorId, Vec<VariableId>)> {
        self.host_buffers.clone()
    }

    /// What the host reads or writes while the program runs lives throughout.
    fn buffer(&mut self, name: String, layout: &Layout, element_type: ElementType) -> VariableId {
        self.emitter.buffer(name, &layout.placement, element_type.bytes())
    }

    fn cross(
        &mut self,
        name: String,
        (source, from): (VariableId, Layout),
        (target, to): (VariableId, &Layout),
        element_type: ElementType,
    ) {
        let transfer = Transfer {
            from: from.placement,
            to: to.placement.clone(),
            element_bytes: element_type.bytes(),
            sample_block: from.order.sample_block(),
        };
        self.emitter.exchange(
            name,
            vec![Movement::Transfer(transfer)],
            vec![source],
            vec![target],
        );
    }

    /// A tensor spread evenly over so many of the I/O tiles, in the order of `like`: whole positions, or elements where positions are
    /// fewer. Placements begin at a multiple of the tiles that they take, so that a few more may stay free; a tensor of one element
    /// stays on the first tile of the chip.
    fn on_io_tiles(&self, shape: &[u64], like: &Layout, element_bytes: u64, tiles: u64) -> Layout {
        let (first, available) = (self.tiles(), self.io_tiles());
        let count = tiles.clamp(1, available);
        let positions = shape.iter().product::<u64>() / shape.get(1).copied().unwrap_or(1).max(1);
        let spread = |tiles: u64| {
            if positions >= count.max(2) {
                layout::linear_positions(shape, tiles)
            } else {
                let grain = u64::from(self.machine.data_path_bytes) / element_bytes.max(1);
                layout::row_major(shape, grain.max(1), tiles)
            }
        };
        let fitting = (1..=count).rev().find_map(|tiles| {
            let layout = spread(tiles);
            let taken = layout.placement.grid.tiles();
            let slot = first.div_ceil(taken);
            ((slot + 1) * taken <= first + available).then(|| layout::moved(layout, slot))
        });
        let mut layout = fitting.unwrap_or_else(|| layout::moved(spread(1), first));
        layout.order = like.order;
        // Nothing pads channels to whole blocks where no kernel reads them.
        layout.placement.channel_block = like
            .placement
            .channel_block
            .min(shape.get(1).copied().unwrap_or(1).max(1));
        layout
    }
}
