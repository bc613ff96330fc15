//! Lower bounds on the cost of every plan that extends a partial one.

use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::super::cost::{bytes_to_cycles, place, vertex, vertex_cycles};
use super::super::plan::Method;
use super::super::setting::Setting;
use super::super::{sizes::MAX_DIMENSIONS, tile::Tile};

/// A tile of which only the number of its output positions is open.
///
/// The bound on compute asks the kernel itself for the cheapest arrangement of that many positions: one row, which no kernel
/// computes slower than several rows, over undilated inputs.
#[derive(Debug, Clone)]
pub(super) struct ComputeBound {
    vertex: ConvolutionVertex,
    /// Positions that count once where the input is dilated.
    decimation: u64,
    workers: u64,
    shape: RowShape,
}

/// How a kernel's cost grows with the positions of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowShape {
    /// Never falls.
    Monotone,
    /// Falls once, where each worker's run becomes long enough for the steady state.
    LongerRunsFaster,
    /// Positions are dealt out whole where they fill the workers; otherwise each is cut into parts.
    Dealt,
}

/// Run of positions from which SLIC streams at its steady rate.
const SLIC_STEADY_RUN: u64 = 6;

impl ComputeBound {
    pub(super) fn new(setting: &Setting, tile: &Tile) -> Self {
        let mut vertex = vertex(setting, tile);
        let decimation = match setting.method {
            // SLIC's inputs are written out, so that nothing is skipped.
            Method::Slic { .. } => 1,
            _ => setting
                .shape
                .dimensions
                .iter()
                .map(|d| d.input_dilation)
                .product(),
        };
        if decimation > 1 {
            vertex.input_dilation.iter_mut().for_each(|d| *d = 1);
            vertex.stride.iter_mut().for_each(|s| *s = 1);
        }
        let shape = match setting.method {
            Method::Slic { .. } => RowShape::LongerRunsFaster,
            Method::VerticalMac => RowShape::Dealt,
            Method::Amp { .. } | Method::HorizontalMac | Method::OuterProduct => RowShape::Monotone,
        };
        Self {
            vertex,
            decimation,
            workers: u64::from(setting.machine.workers),
            shape,
        }
    }

    /// Takes channels, groups and kernel from `tile`.
    pub(super) fn enter(&mut self, setting: &Setting, tile: &Tile) {
        let one = Tile {
            batch: 1,
            output: [1; MAX_DIMENSIONS],
            ..*tile
        };
        place(setting, &one, &mut self.vertex);
    }

    /// Positions that the kernel visits at least, of `positions` outputs.
    pub(super) const fn visited(&self, positions: u64) -> u64 {
        positions / self.decimation
    }

    /// Cycles that `positions` or more output positions take at least; 0 where the kernel is illegal.
    pub(super) fn cycles(&mut self, setting: &Setting, positions: u64) -> u64 {
        let positions = self.visited(positions).max(1);
        match self.shape {
            RowShape::Monotone => self.row(setting, positions),
            RowShape::LongerRunsFaster => {
                let steady = self.workers * SLIC_STEADY_RUN;
                let cycles = self.row(setting, positions);
                if positions < steady {
                    cycles.min(self.row(setting, steady))
                } else {
                    cycles
                }
            }
            RowShape::Dealt if positions >= self.workers => {
                self.column(setting, positions / self.workers * self.workers)
            }
            RowShape::Dealt => self.column(setting, positions.min(self.workers / 2)),
        }
    }

    fn row(&mut self, setting: &Setting, positions: u64) -> u64 {
        if let Some(innermost) = self.vertex.output.last_mut() {
            *innermost = positions;
        }
        self.evaluate(setting)
    }

    fn column(&mut self, setting: &Setting, positions: u64) -> u64 {
        self.vertex.batch = positions.max(1);
        self.evaluate(setting)
    }

    fn evaluate(&self, setting: &Setting) -> u64 {
        vertex_cycles(setting, &self.vertex).unwrap_or(0)
    }
}

/// What the exchange of inputs and partial sums and the reduction cost at least.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExchangeBound {
    /// Input bytes that a position needs, and that its tile lacks.
    needed_input_bytes_per_position: f64,
    input_bytes_per_position: f64,
    input_rate: f64,
    partials_per_position: u64,
    partial_bytes_per_position: u64,
    reduction_depth: u64,
}

impl ExchangeBound {
    pub(super) fn new(
        setting: &Setting,
        tile: &Tile,
        out_channel_parallel: u64,
        reduction_depth: u64,
    ) -> Self {
        let machine = setting.machine;
        // A share of outputs reads at least as many inputs over the dilation, but never more than there are.
        let inputs_per_output: f64 = setting
            .shape
            .dimensions
            .iter()
            .zip(&setting.output)
            .map(|(d, &output)| (1.0 / d.input_dilation as f64).min(d.input as f64 / output as f64))
            .product();
        let planes = (tile.conv_groups * tile.in_channels) as f64;
        let missing = 1.0 - 1.0 / out_channel_parallel as f64;
        let sharing = u64::from(machine.tiles_per_exchange_bus);
        let doubled = machine.exchange_bus_sharing && out_channel_parallel.is_multiple_of(sharing);
        let rate = u64::from(machine.exchange_bytes_per_cycle) * if doubled { sharing } else { 1 };
        let partials_per_position = tile.conv_groups * tile.out_channels;
        let needed = inputs_per_output * planes * setting.options.input_type.bytes() as f64;
        Self {
            needed_input_bytes_per_position: needed,
            input_bytes_per_position: needed * missing,
            input_rate: rate as f64,
            partials_per_position,
            partial_bytes_per_position: partials_per_position * setting.exchanged_partials().bytes(),
            reduction_depth,
        }
    }

    /// Bytes of the inputs of `positions` outputs at least.
    pub(super) fn input_bytes(&self, positions: u64) -> u64 {
        (positions as f64 * self.needed_input_bytes_per_position) as u64
    }

    /// Bytes of the partial sums of `positions` outputs at least.
    pub(super) const fn partial_bytes(&self, positions: u64) -> u64 {
        positions * self.partial_bytes_per_position
    }

    /// Cycles to receive the inputs of `positions` outputs at least.
    pub(super) fn input_cycles(&self, positions: u64) -> u64 {
        (positions as f64 * self.input_bytes_per_position / self.input_rate) as u64
    }

    /// Cycles to receive and reduce the partial sums of `positions` outputs at least.
    pub(super) fn partial_cycles(&self, setting: &Setting, positions: u64) -> u64 {
        let exchange = bytes_to_cycles(setting.machine, positions * self.partial_bytes_per_position);
        let partials = positions * self.partials_per_position;
        exchange + reduction_cycles(setting, self.reduction_depth, partials)
    }
}

/// Cycles at least to reduce `partials` partial sums a tile, each output having `depth` (PopLibs `PerformanceEstimation.hpp`
/// `getReduceCycleEstimate`): every stage has a start and the last vector, and the first reads all of them, two vectors in two
/// cycles.
pub(super) fn reduction_cycles(setting: &Setting, depth: u64, partials: u64) -> u64 {
    const START: u64 = 33;
    const WORKER_START: u64 = 20;
    const VECTOR: u64 = 9;
    if depth <= 1 {
        return 0;
    }
    let workers = u64::from(setting.machine.workers);
    let reads = partials / setting.machine.vector_width(setting.vertex_partials);
    START + workers * WORKER_START + reads.max(workers * VECTOR)
}
