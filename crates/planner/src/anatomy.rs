//! What a plan makes of a tile's units: the products that they could do, and where those go.

use tilesim_codelets::convolution::{self, peak_macs_per_cycle};
use tilesim_codelets::{Count, VertexCycles};
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::cost::vertex;
use super::error::PlanError;
use super::options::PlanOptions;
use super::plan::{Method, Plan};
use super::setting::{Setting, Terms, transformed};
use super::shape::Shape;
use super::{PlanCost, check_partition, evaluate};
use super::{sizes::MAX_DIMENSIONS, tile::Tile};

/// Why products of the units are not of the convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FillCause {
    /// The kernel and its block of channels keep a part of the units busy.
    Kernel,
    /// Channels and groups are filled up to whole blocks.
    Channels,
    /// Groups packed into one meet each other's weights, which are zeros.
    CombinedGroups,
    /// The kernel is filled up to the window or the rows that the units hold.
    Window,
}

/// One reason, as `useful` of every `held` products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// The reason.
    pub cause: FillCause,
    /// Products that are of the convolution.
    pub useful: u64,
    /// Products that the units do for them.
    pub held: u64,
}

/// A plan taken apart on the most loaded tile.
#[derive(Debug, Clone, PartialEq)]
pub struct Anatomy {
    /// The share of the most loaded tile, in one iteration of the serial loop.
    pub vertex: ConvolutionVertex,
    /// Its cycles by cause.
    pub kernel_cycles: VertexCycles,
    /// Products a cycle of all units of a tile for these types.
    pub peak_macs_per_cycle: u64,
    /// What the units' products go to, each reason after the one before; those without effect are left out.
    pub fills: Vec<Fill>,
    /// Products of the convolution a cycle on each tile used, while computing.
    pub computing_macs_per_cycle: f64,
    /// Products of the convolution a cycle on each tile of the machine, over all phases.
    pub macs_per_cycle: f64,
}

impl Anatomy {
    /// Products a cycle after each of [`Anatomy::fills`].
    pub fn ceilings(&self) -> Vec<f64> {
        let mut ceiling = self.peak_macs_per_cycle as f64;
        let after = |fill: &Fill| {
            ceiling *= fill.useful as f64 / fill.held as f64;
            ceiling
        };
        self.fills.iter().map(after).collect()
    }
}

/// Takes `plan` apart; `count` says whose cycles the kernel takes.
///
/// # Errors
/// When the plan does not fit the convolution or its kernel cannot compute a tile's share.
pub fn anatomy(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
    plan: &Plan,
    count: Count,
) -> Result<Anatomy, PlanError> {
    let shape = Shape::new(convolution)?;
    check_partition(&plan.partition, shape.dimensions.len(), machine)?;
    let transformed = transformed(&shape, &plan.transforms)?;
    let terms = Terms {
        machine,
        options,
        count,
    };
    let setting = Setting::of(terms, &shape, &transformed, plan)?;
    let cost: PlanCost = evaluate(&setting, &plan.partition)?;
    let tile = Tile::new(&setting, &plan.partition);
    let vertex = vertex(&setting, &tile);
    let kernel_cycles = convolution::cost(machine, &vertex, count)
        .map_err(|reason| PlanError::IllegalKernel {
            method: plan.method.kind(),
            reason,
        })?
        .cycles;
    let macs = convolution.macs() as f64;
    let computing = cost.serial_splits * cost.compute * cost.tiles_used;
    let all = cost.cycles() * u64::from(machine.tiles);
    let peak = machine
        .peak_macs_per_cycle(options.input_type, options.partials_type)
        .unwrap_or(0);
    Ok(Anatomy {
        fills: fills(&setting, plan, &tile, &vertex, peak),
        vertex,
        kernel_cycles,
        peak_macs_per_cycle: peak,
        computing_macs_per_cycle: macs / computing.max(1) as f64,
        macs_per_cycle: macs / all.max(1) as f64,
    })
}

fn fills(setting: &Setting, plan: &Plan, tile: &Tile, vertex: &ConvolutionVertex, peak: u64) -> Vec<Fill> {
    let shape = setting.shape;
    let grouping = setting.grouping;
    let kernel = peak_macs_per_cycle(
        setting.machine,
        vertex.kernel,
        setting.options.input_type,
        grouping,
        Count::Machine,
    );
    let channels = shape.conv_groups * shape.in_channels * shape.out_channels;
    let padded = shape.conv_groups.next_multiple_of(grouping.conv_groups)
        * shape.in_channels.next_multiple_of(grouping.in_channels)
        * shape.out_channels.next_multiple_of(grouping.out_channels);
    let (rows, held_rows) = window(setting, tile);
    let fills = [
        (FillCause::Kernel, kernel, peak),
        (FillCause::Channels, channels, padded),
        (FillCause::CombinedGroups, 1, plan.transforms.combine_conv_groups),
        (FillCause::Window, rows, held_rows),
    ];
    fills
        .into_iter()
        .filter(|&(_, useful, held)| useful != held && held > 0)
        .map(|(cause, useful, held)| Fill { cause, useful, held })
        .collect()
}

/// Rows or columns of the kernel on a tile, and those that the units hold for them.
fn window(setting: &Setting, tile: &Tile) -> (u64, u64) {
    const SLIC_WINDOW: u64 = 4;
    let last = setting.shape.dimensions.len() - 1;
    match setting.method {
        Method::Slic { .. } => (tile.kernel[last], tile.kernel[last].next_multiple_of(SLIC_WINDOW)),
        Method::Amp { .. } => {
            let weights = u64::from(setting.machine.weights_per_conv_unit(setting.options.input_type));
            let rows = (weights / setting.grouping.in_channels).max(1);
            let kernel = if last == 0 {
                1
            } else {
                tile.kernel[(last - 1).min(MAX_DIMENSIONS - 1)]
            };
            (kernel, kernel.next_multiple_of(rows))
        }
        Method::VerticalMac | Method::HorizontalMac | Method::OuterProduct => (1, 1),
    }
}
