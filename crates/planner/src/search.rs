//! Exact search for the cheapest plan: depth first over the splits, cut by lower bounds and the best plan so far.

mod best;
mod bound;
mod joint;
mod node;
mod open;
mod rate;

use smallvec::SmallVec;
use tilesim_graph::Spatial;
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::candidates;
use super::cost::{evaluate_with, place, serial, vertex, vertex_cycles};
use super::error::PlanError;
use super::options::Objective;
use super::plan::{Method, Partition, Plan, Transforms};
use super::planning::UnsplitPlan;
use super::setting::{Setting, Terms, Transformed};
use super::shape::Shape;
use super::splits::{complete_split, distinct_splits};
use super::{sizes::Sizes, tile::Tile};

pub(super) use best::Best;
pub(super) use joint::{BestJoint, JointChoice};
use node::Node;
use open::{Exchanged, Fixed, Open, OpenBound};
pub(super) use rate::KernelRates;

/// A rewriting with the kernel that computes it.
#[derive(Debug, Clone)]
pub(super) struct Choice<'a> {
    pub transforms: &'a Transforms,
    pub setting: Setting<'a>,
    /// No plan of this choice takes fewer cycles.
    pub least_cycles: u64,
    /// Cycles to rearrange the inputs, and the weights and outputs, at least.
    rearrangement: (u64, u64),
    exchanged: Exchanged,
}

impl<'a> Choice<'a> {
    fn new(transforms: &'a Transforms, setting: Setting<'a>) -> Self {
        let tiles = u64::from(setting.machine.tiles);
        let rearrangement = setting.rearrangements.least_cycles(&setting, tiles);
        let exchanged = Exchanged::of(&setting);
        let least_cycles = rearrangement.0
            + rearrangement.1
            + exchanged.least_cycles(&setting, tiles)
            + least_compute_cycles(&setting);
        Self {
            transforms,
            setting,
            least_cycles,
            rearrangement,
            exchanged,
        }
    }

    /// No plan of this choice that loops takes fewer cycles: every iteration rearranges weights and outputs, and slices or writes
    /// two operands.
    fn least_looped_cycles(&self) -> u64 {
        let again = self.rearrangement.1;
        self.least_cycles + again + 2 * least_loop_cycles(&self.setting)
    }

    /// What the serial splits of `partition` cost in every plan.
    fn fixed(&self, partition: &Partition) -> Fixed {
        let (inputs, others) = self.rearrangement;
        let iteration = others + serial::least_cycles(&self.setting, partition);
        let broadcast = partition.broadcast_input_before_loop;
        let (once, iteration) = if broadcast {
            (inputs, iteration)
        } else {
            (0, iteration + inputs)
        };
        let tiles = u64::from(self.setting.machine.tiles);
        Fixed {
            iteration,
            once,
            rearranged: self
                .setting
                .rearrangements
                .least_bytes(&self.setting, broadcast, tiles),
            broadcast,
        }
    }

    /// The plan that splits nothing, and the splits that leave single grains.
    pub(super) fn unsplit(&self) -> UnsplitPlan {
        let setting = &self.setting;
        let mut partition = Partition::whole(setting.shape.dimensions.len());
        if let (Some(grain), Some(width)) = (partition.field_grain.last_mut(), setting.output.last()) {
            *grain = field_grain(setting.grouping.out_channels, *width);
        }
        let positions = setting.output.iter().zip(&partition.field_grain);
        let mut kernel: Spatial<u64> = setting.shape.dimensions.iter().map(|d| d.kernel).collect();
        if let Some(innermost) = kernel.last_mut() {
            *innermost = 1;
        }
        UnsplitPlan {
            finest: Partition {
                batch: setting.shape.batch,
                field: positions.map(|(size, grain)| size.div_ceil(*grain)).collect(),
                conv_group: setting.conv_group_grains,
                in_channel_parallel: setting.in_channel_grains,
                in_channel_serial: setting.in_channel_grains,
                out_channel_parallel: setting.out_channel_grains,
                out_channel_serial: setting.out_channel_grains,
                kernel,
                ..partition.clone()
            },
            plan: Plan {
                method: setting.method,
                grouping: setting.grouping,
                vertex_partials: setting.vertex_partials,
                transforms: self.transforms.clone(),
                partition,
                joint: setting.joint,
            },
        }
    }
}

/// All choices for `convolution`, the most promising first; those whose work is beyond all counters are none.
///
/// # Errors
/// When a kernel or the convolution is not valid, or no choice is left.
pub(super) fn choices<'a>(
    terms: Terms<'a>,
    convolution: &Shape,
    transforms: &'a [(Transforms, Shape)],
) -> Result<Vec<Choice<'a>>, PlanError> {
    let mut choices = Vec::new();
    let mut uncountable = None;
    for (transforms, shape) in transforms {
        let transformed = Transformed {
            convolution,
            transforms,
            shape,
        };
        for kernel in candidates::kernels(terms.machine, terms.options, shape) {
            match Setting::new(terms, transformed, kernel, None) {
                Ok(setting) => choices.push(Choice::new(transforms, setting)),
                Err(error @ PlanError::TooMuchWork { .. }) => {
                    uncountable.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
    }
    if let Some(error) = uncountable.filter(|_| choices.is_empty()) {
        return Err(error);
    }
    choices.sort_by_cached_key(|choice| choice.least_cycles);
    Ok(choices)
}

/// Slicing and writing of one iteration at least.
fn least_loop_cycles(setting: &Setting) -> u64 {
    2 * serial::least_slice_cycles(setting.machine)
}

/// The work of all tiles at the kernel's peak.
fn least_compute_cycles(setting: &Setting) -> u64 {
    let tiles = u64::from(setting.machine.tiles);
    let shape = setting.shape;
    let positions: u64 = shape.batch * setting.output.iter().product::<u64>();
    let channels = setting.conv_group_grains
        * setting.grouping.conv_groups
        * setting.in_channel_grains
        * setting.grouping.in_channels
        * setting.out_channel_grains
        * setting.grouping.out_channels;
    let decimation: u64 = shape.dimensions.iter().map(|d| d.input_dilation).product();
    let work = positions / decimation.max(1) * channels * shape.kernel_field();
    let peak = setting
        .machine
        .peak_macs_per_cycle(setting.options.input_type, setting.vertex_partials)
        .unwrap_or(1)
        .max(1);
    let rate = match setting.method {
        // The channel block of one group is a block diagonal: `conv_groups` times the work of its diagonal.
        Method::Slic { .. } => peak * setting.grouping.conv_groups,
        Method::Amp { .. } => peak,
        Method::VerticalMac | Method::HorizontalMac | Method::OuterProduct => {
            setting.machine.vector_width(setting.options.input_type)
                * setting.grouping.conv_groups
                * setting.grouping.out_channels.min(2)
        }
    };
    work / (tiles * rate)
}

/// Whether plans loop over slices of the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slices {
    /// Everything is computed at once.
    Whole,
    /// A serial split over output or input channels.
    Looped,
}

/// What no plan of a part of the search falls below.
#[derive(Debug, Clone, Copy)]
struct Least {
    cycles: u64,
    bytes: u64,
}

/// Splits of an axis that are kept without allocation.
const BRANCHES: usize = 32;

/// The search of one choice.
pub(super) struct Search<'a, 'b> {
    choice: &'b Choice<'a>,
    best: &'b mut Best,
    partition: Partition,
    tile: Tile,
    /// The vertex of the most loaded tile.
    vertex: ConvolutionVertex,
    fixed: Fixed,
    open_bound: OpenBound,
    node: Node,
}

impl<'a, 'b> Search<'a, 'b> {
    /// A search of the splits of `choice`, none of them chosen yet.
    fn new(choice: &'b Choice<'a>, rates: &KernelRates, best: &'b mut Best) -> Self {
        let setting = &choice.setting;
        let mut partition = Partition::whole(setting.shape.dimensions.len());
        if let (Some(grain), Some(dimension)) =
            (partition.field_grain.last_mut(), setting.shape.dimensions.last())
        {
            *grain = field_grain(setting.grouping.out_channels, dimension.output());
        }
        let tile = Tile::new(setting, &partition);
        let rate = rates.of(setting);
        let mut search = Self {
            node: Node::new(setting, rate, &partition, &tile),
            choice,
            best,
            partition,
            tile,
            vertex: vertex(setting, &tile),
            fixed: Fixed::default(),
            open_bound: OpenBound::new(setting, rate, choice.exchanged),
        };
        search.fix();
        search
    }

    /// Searches all plans of `choice` that compute everything at once, or all that loop over slices.
    pub(super) fn run(choice: &'b Choice<'a>, slices: Slices, rates: &KernelRates, best: &'b mut Best) {
        let setting = &choice.setting;
        let tiles = u64::from(setting.machine.tiles);
        if slices == Slices::Looped && best.prunes(choice.least_looped_cycles()) {
            return;
        }
        let mut search = Self::new(choice, rates, best);
        match slices {
            Slices::Whole if search.prunes(tiles, Open::ROOT) => {}
            Slices::Whole => search.out_channel_splits(tiles),
            Slices::Looped => search.serial_splits(tiles),
        }
    }

    fn setting(&self) -> &'b Setting<'a> {
        &self.choice.setting
    }

    /// Notes what the serial splits, once chosen, cost in every plan.
    fn fix(&mut self) {
        self.fixed = self.choice.fixed(&self.partition);
    }

    /// Whether nothing among the best can come of the splits so far, when `tiles` tiles share what is open.
    fn prunes(&self, tiles: u64, open: Open) -> bool {
        self.least(tiles, open).is_none()
    }

    /// What no plan of the splits so far falls below, when `tiles` tiles share what is open; none where nothing among the best can
    /// come of them.
    fn least(&self, tiles: u64, open: Open) -> Option<Least> {
        let (setting, bound, best) = (self.setting(), &self.open_bound, &self.best);
        if best.has_fewer_tiles(self.partition.tiles()) {
            return None;
        }
        let cut = |cycles| best.prunes(cycles);
        let cycles = bound.least_uncut(setting, &self.partition, tiles, open, self.fixed, cut)?;
        let operands = bound.bytes(setting, &self.partition, tiles, open);
        let bytes = self.fixed.temporary_bytes(operands);
        (!best.lacks_memory(bytes)).then_some(Least { cycles, bytes })
    }

    /// Goes on from each of `splits`, the most promising first; `choose` makes the choice, and says which tiles share what is then
    /// open.
    fn branch(
        &mut self,
        splits: impl Iterator<Item = u64>,
        choose: impl Fn(&mut Self, u64) -> (u64, Open),
        go_on: impl Fn(&mut Self, u64, Open),
    ) {
        let mut branches = SmallVec::<[(Least, u64); BRANCHES]>::new();
        for split in splits {
            let (tiles, open) = choose(self, split);
            if let Some(least) = self.least(tiles, open) {
                branches.push((least, split));
            }
        }
        let few_tiles = self.best.wants_few_tiles();
        branches.sort_unstable_by_key(|(least, split)| (if few_tiles { 0 } else { least.cycles }, *split));
        for (least, split) in branches {
            if !self.best.prunes(least.cycles) && !self.best.lacks_memory(least.bytes) {
                let (tiles, open) = choose(self, split);
                go_on(self, tiles, open);
            }
        }
    }

    fn serial_splits(&mut self, tiles: u64) {
        let setting = self.setting();
        for serial in distinct_splits(setting.out_channel_grains, 1, setting.out_channel_grains).skip(1) {
            if !self.worth_looping(serial) {
                break;
            }
            self.partition.out_channel_serial = serial;
            for broadcast in [false, true] {
                self.partition.broadcast_input_before_loop = broadcast;
                self.fix();
                if !self.prunes(tiles, Open::ROOT) {
                    self.out_channel_splits(tiles);
                }
            }
            self.partition.broadcast_input_before_loop = false;
        }
        self.partition.out_channel_serial = 1;
        for serial in distinct_splits(setting.in_channel_grains, 1, setting.in_channel_grains).skip(1) {
            if !self.worth_looping(serial) {
                break;
            }
            self.partition.in_channel_serial = serial;
            self.fix();
            if !self.prunes(tiles, Open::ROOT) {
                self.out_channel_splits(tiles);
            }
        }
        self.partition.in_channel_serial = 1;
    }

    /// Every iteration rearranges weights and outputs, and slices or writes two operands, at least.
    fn worth_looping(&self, serial: u64) -> bool {
        let iteration = self.choice.rearrangement.1 + least_loop_cycles(self.setting());
        !self.best.prunes(serial * iteration)
    }

    fn out_channel_splits(&mut self, tiles: u64) {
        let setting = self.setting();
        let grains = setting.out_channel_grains;
        let serial = self.partition.out_channel_serial;
        self.branch(
            splits(grains, serial, tiles, one_out_channel_block(setting.method)),
            |search, split| {
                let blocks = grains.div_ceil(split * serial);
                search.partition.out_channel_parallel = split;
                search.tile.out_channels = blocks * setting.grouping.out_channels;
                (tiles / split, Open::ROOT.with_out_blocks(blocks))
            },
            Self::in_channel_splits,
        );
        self.partition.out_channel_parallel = 1;
    }

    fn in_channel_splits(&mut self, tiles: u64, open: Open) {
        let setting = self.setting();
        let grains = setting.in_channel_grains;
        let serial = self.partition.in_channel_serial;
        self.branch(
            splits(grains, serial, tiles, one_in_channel_block(setting.method)),
            |search, split| {
                let blocks = grains.div_ceil(split * serial);
                search.partition.in_channel_parallel = split;
                search.tile.in_channels = blocks * setting.grouping.in_channels;
                (tiles / split, open.with_in_blocks(blocks))
            },
            |search, tiles, open| search.kernel_splits(tiles, open, 0),
        );
        self.partition.in_channel_parallel = 1;
    }

    /// Splits the kernel of dimension `d` and of those inside it; never the innermost.
    fn kernel_splits(&mut self, tiles: u64, open: Open, d: usize) {
        let setting = self.setting();
        let innermost = setting.shape.dimensions.len() - 1;
        if d == innermost {
            let open = open.with_kernel_rows(self.tile.kernel[..innermost].iter().product());
            if !self.prunes(tiles, open) {
                self.conv_group_splits(tiles, open);
            }
            return;
        }
        let kernel = setting.shape.dimensions[d].kernel;
        for split in splits(kernel, 1, tiles, setting.method == Method::OuterProduct) {
            self.partition.kernel[d] = split;
            self.tile.kernel[d] = kernel.div_ceil(split);
            self.kernel_splits(tiles / split, open, d + 1);
        }
        self.partition.kernel[d] = 1;
    }

    fn conv_group_splits(&mut self, tiles: u64, open: Open) {
        let setting = self.setting();
        let grains = setting.conv_group_grains;
        self.branch(
            splits(grains, 1, tiles, false),
            |search, split| {
                let blocks = grains.div_ceil(split);
                search.partition.conv_group = split;
                search.tile.conv_groups = blocks * setting.grouping.conv_groups;
                (tiles / split, open.with_group_blocks(blocks))
            },
            Self::batch_splits,
        );
        self.partition.conv_group = 1;
    }

    fn batch_splits(&mut self, tiles: u64, open: Open) {
        let setting = self.setting();
        self.node
            .enter(setting, &self.partition, &self.tile, open, self.fixed);
        let mut grains: Sizes = setting.output;
        for (grain, size) in self.partition.field_grain.iter().zip(&mut grains) {
            *size = size.div_ceil(*grain);
        }
        let innermost_grain: u64 = self.partition.field_grain.iter().product();
        let positions = grains.iter().product::<u64>() * innermost_grain;
        let whole = setting.shape.batch * positions;
        let positions = whole.div_ceil(tiles);
        if self.best.lacks_memory(self.node.bytes(setting, positions))
            || self
                .best
                .prunes(self.node.glance_without_weights(setting, positions))
            || self
                .best
                .prunes(self.node.bound_without_weights(setting, positions))
        {
            return;
        }
        for split in splits(
            setting.shape.batch,
            1,
            tiles,
            setting.method == Method::OuterProduct,
        ) {
            self.partition.batch = split;
            self.tile.batch = setting.shape.batch.div_ceil(split);
            self.field_splits(tiles / split, 0, &grains);
        }
        self.partition.batch = 1;
    }

    fn field_splits(&mut self, tiles: u64, d: usize, grains: &Sizes) {
        let setting = self.setting();
        let last = setting.shape.dimensions.len() - 1;
        let grain = self.partition.field_grain[d];
        let complete = setting.method == Method::OuterProduct && d != last;
        // Larger splits first: they are mostly the better ones, and bounds only rise after them.
        let mut candidates = SmallVec::<[u64; 64]>::new();
        candidates.extend(splits(grains[d], 1, tiles, complete));
        candidates.reverse();
        let inner: u64 = grains[d + 1..].iter().product::<u64>()
            * self.partition.field_grain[d + 1..].iter().product::<u64>();
        let outer: u64 = self.tile.batch * self.tile.output[..d].iter().product::<u64>();
        self.partition.field[d] = 1;
        let outer_sharers = self.partition.weight_sharers();
        for split in candidates {
            let output = grains[d].div_ceil(split) * grain;
            let remaining = tiles / split;
            self.partition.field[d] = split;
            if self.best.has_fewer_tiles(self.partition.tiles()) {
                continue;
            }
            let positions = outer * output * inner.div_ceil(remaining);
            if self.best.lacks_memory(self.node.bytes(setting, positions)) {
                if d == last {
                    break;
                }
                continue;
            }
            let weights = self.node.weights(setting, self.partition.weight_sharers());
            let mut rest = self.node.glance_without_weights(setting, positions);
            if !self.best.prunes(rest + weights) {
                rest = self.node.bound_without_weights(setting, positions);
            }
            if self.best.prunes(rest + weights) {
                // Fewer parts mean more positions, but also fewer tiles that lack weights.
                if d == last && self.best.prunes(rest + self.node.weights(setting, outer_sharers)) {
                    break;
                }
                continue;
            }
            self.tile.output[d] = output;
            if d == last {
                self.leaf();
            } else {
                self.field_splits(remaining, d + 1, grains);
            }
        }
        self.partition.field[d] = 1;
    }

    fn leaf(&mut self) {
        let setting = self.setting();
        for (d, dimension) in setting.shape.dimensions.iter().enumerate() {
            self.tile.input[d] = dimension.input_range(self.tile.output[d], self.tile.kernel[d]);
        }
        debug_assert_eq!(self.tile, Tile::new(setting, &self.partition));
        // All but the kernel is cheap to cost, and settles most.
        let mut cost = evaluate_with(setting, &self.partition, &self.tile, self.node.least_compute());
        if self.best.prunes(cost.cycles()) {
            return;
        }
        place(setting, &self.tile, &mut self.vertex);
        let Ok(compute) = vertex_cycles(setting, &self.vertex) else {
            return;
        };
        cost.compute = compute;
        self.best.offer(&cost, || Plan {
            method: setting.method,
            grouping: setting.grouping,
            vertex_partials: setting.vertex_partials,
            transforms: self.choice.transforms.clone(),
            partition: self.partition.clone(),
            joint: None,
        });
    }
}

/// Splits of `grains` into at most `limit` parts; only the complete one where the kernel computes a single block.
fn splits(grains: u64, serial: u64, limit: u64, complete: bool) -> impl Iterator<Item = u64> {
    let whole = complete_split(grains, serial);
    distinct_splits(grains, serial, limit).filter(move |&split| !complete || split == whole)
}

/// Kernels that compute one block of output channels.
const fn one_out_channel_block(method: Method) -> bool {
    matches!(method, Method::Slic { .. } | Method::VerticalMac)
}

/// Kernels that compute one block of input channels.
const fn one_in_channel_block(method: Method) -> bool {
    matches!(method, Method::Slic { .. } | Method::OuterProduct)
}

/// Positions that stay together so that a row of half outputs fills 32-bit words (PopLibs `ConvPlan.cpp`).
const fn field_grain(out_channels: u64, width: u64) -> u64 {
    if out_channels % 2 == 1 && width.is_multiple_of(2) {
        2
    } else {
        1
    }
}

/// Whether `objective` allows bounds on cycles to cut the search.
const fn bounds_cut(objective: Objective) -> bool {
    matches!(objective, Objective::Cycles)
}

#[cfg(test)]
mod exhaustive;
#[cfg(test)]
pub(super) use joint::JointSearch;
