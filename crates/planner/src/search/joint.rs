//! Exact search for the cheapest joint plan of a fully connected layer: over the splits of the forward pass, which settle those of
//! both gradients, cut by the sum of lower bounds of the three passes.

use tilesim_terms::{Cancellation, ConvolutionPass};

use smallvec::SmallVec;

use super::super::cost::evaluate;
use super::super::joint::{JointPlanChoice, implied_partition, key};
use super::super::options::Objective;
use super::super::plan::{Method, Partition, Plan, Transforms};
use super::super::setting::Setting;
use super::super::splits::distinct_splits;
use super::super::tile::Tile;
use super::open::{Open, OpenBound};
use super::rate::KernelRates;
use super::{Choice, bounds_cut};
use crate::plan_cost::PlanCost;

/// The best joint plan so far.
#[derive(Debug, Clone)]
pub(crate) struct BestJoint {
    objective: Objective,
    memory_bound: Option<u64>,
    found: Option<([u64; 3], [Plan; 3], [PlanCost; 3])>,
}

impl BestJoint {
    pub(crate) const fn new(objective: Objective, memory_bound: Option<u64>) -> Self {
        Self {
            objective,
            memory_bound,
            found: None,
        }
    }

    /// Whether plans of `cycles` or more cannot be the best.
    fn prunes(&self, cycles: u64) -> bool {
        bounds_cut(self.objective) && self.found.as_ref().is_some_and(|(key, ..)| cycles > key[0])
    }

    /// Whether a pass of `cost` keeps a plan from being allowed.
    fn exceeds(&self, cost: &PlanCost) -> bool {
        self.memory_bound
            .is_some_and(|bound| cost.temporary_bytes() > bound)
    }

    fn offer(&mut self, costs: &[PlanCost; 3], plans: impl FnOnce() -> [Plan; 3]) {
        let offered = key(self.objective, costs);
        if let Some((best, ..)) = &self.found
            && offered > *best
        {
            return;
        }
        let plans = plans();
        if self
            .found
            .as_ref()
            .is_none_or(|(best, found, _)| (&offered, &plans) < (best, found))
        {
            self.found = Some((offered, plans, *costs));
        }
    }

    /// The best plan, if there is any.
    pub(crate) fn into_planned(self, memory_bound: Option<u64>) -> Option<JointPlanChoice> {
        self.found.map(|(_, plans, costs)| JointPlanChoice {
            plans,
            costs,
            memory_bound,
        })
    }
}

/// A kernel of the forward pass with those of the gradients that follow from it.
pub(crate) struct JointChoice<'a> {
    /// In the order of [`ConvolutionPass::ALL`].
    passes: [Choice<'a>; 3],
}

impl<'a> JointChoice<'a> {
    pub(crate) fn new(transforms: &'a Transforms, settings: [Setting<'a>; 3]) -> Self {
        Self {
            passes: settings.map(|setting| Choice::new(transforms, setting)),
        }
    }

    /// No joint plan of this choice takes fewer cycles.
    pub(crate) fn least_cycles(&self) -> u64 {
        self.passes.iter().map(|choice| choice.least_cycles).sum()
    }

    /// Searches all choices, the most promising first.
    pub(crate) fn search_all(
        choices: &mut [Self],
        serial_splits: bool,
        rates: &KernelRates,
        best: &mut BestJoint,
        cancellation: &Cancellation,
    ) {
        choices.sort_by_cached_key(Self::least_cycles);
        for choice in choices.iter() {
            if cancellation.is_asked() || best.prunes(choice.least_cycles()) {
                break;
            }
            JointSearch::new(choice, rates, best).run(serial_splits);
        }
    }
}

/// The search of one choice.
pub(crate) struct JointSearch<'a, 'b> {
    choice: &'b JointChoice<'a>,
    best: &'b mut BestJoint,
    bounds: [OpenBound; 3],
}

impl<'a, 'b> JointSearch<'a, 'b> {
    pub(crate) fn new(choice: &'b JointChoice<'a>, rates: &KernelRates, best: &'b mut BestJoint) -> Self {
        let bounds = [0, 1, 2].map(|index: usize| {
            let choice = &choice.passes[index];
            OpenBound::new(&choice.setting, rates.of(&choice.setting), choice.exchanged)
        });
        Self { choice, best, bounds }
    }

    fn forward(&self) -> &'b Setting<'a> {
        &self.choice.passes[0].setting
    }

    /// The forward pass without any split; its field is cut in grains of its input channels.
    fn whole(&self) -> Partition {
        let setting = self.forward();
        let mut partition = Partition::whole(setting.shape.dimensions.len());
        if let Some(grain) = partition.field_grain.last_mut() {
            *grain = setting.grouping.in_channels;
        }
        partition
    }

    /// Grains of the field of the forward pass: the outputs of the layer.
    fn field_grains(&self) -> u64 {
        let setting = self.forward();
        let last = setting.shape.dimensions.len() - 1;
        setting.output[last].div_ceil(setting.grouping.in_channels)
    }

    fn run(&mut self, serial_splits: bool) {
        let mut partition = self.whole();
        self.in_channel_splits(&mut partition);
        if !serial_splits {
            return;
        }
        // The layer's batch in turn, which the weight gradient adds up over.
        let grains = self.forward().out_channel_grains;
        for serial in distinct_splits(grains, 1, grains).skip(1) {
            partition.out_channel_serial = serial;
            for broadcast in [false, true] {
                partition.broadcast_input_before_loop = broadcast;
                self.in_channel_splits(&mut partition);
            }
        }
    }

    fn in_channel_splits(&mut self, partition: &mut Partition) {
        let setting = self.forward();
        let tiles = u64::from(setting.machine.tiles);
        // The most promising first, which settles most of the others.
        let mut splits: Vec<(u64, u64)> = distinct_splits(setting.in_channel_grains, 1, tiles)
            .map(|split| {
                partition.in_channel_parallel = split;
                (self.least_cycles(partition), split)
            })
            .collect();
        splits.sort_unstable();
        for (least, split) in splits {
            if self.best.prunes(least) {
                break;
            }
            partition.in_channel_parallel = split;
            self.field_splits(partition, tiles / split);
        }
        partition.in_channel_parallel = 1;
    }

    fn field_splits(&mut self, partition: &mut Partition, tiles: u64) {
        let last = partition.field.len() - 1;
        let mut splits: SmallVec<[u64; 64]> = distinct_splits(self.field_grains(), 1, tiles).collect();
        splits.reverse();
        for split in splits {
            partition.field[last] = split;
            if !self.leaf(partition) {
                break;
            }
        }
        partition.field[last] = 1;
    }

    /// Cycles of the three passes at least, when all splits of `forward` but that of its field are chosen.
    pub(crate) fn least_cycles(&self, forward: &Partition) -> u64 {
        let tiles = u64::from(self.forward().machine.tiles);
        ConvolutionPass::ALL
            .iter()
            .zip(&self.choice.passes)
            .zip(&self.bounds)
            .map(|((&pass, choice), bound)| {
                let setting = &choice.setting;
                let partition = implied_partition(forward, self.forward().grouping, pass);
                let tile = Tile::new(setting, &partition);
                let open = Open::ROOT.with_out_blocks(tile.out_channels / setting.grouping.out_channels);
                let (open, tiles) = if pass == ConvolutionPass::InputGradient {
                    // Its input channels are the forward pass's field.
                    (open, tiles)
                } else {
                    let in_blocks = tile.in_channels / setting.grouping.in_channels;
                    let open = open
                        .with_in_blocks(in_blocks)
                        .with_kernel_rows(1)
                        .with_group_blocks(1);
                    (open, tiles / forward.in_channel_parallel)
                };
                bound.cycles(setting, &partition, tiles, open, choice.fixed(&partition))
            })
            .sum()
    }

    /// Costs one plan; whether fewer parts of its field may still be better.
    fn leaf(&mut self, forward: &Partition) -> bool {
        let grouping = self.forward().grouping;
        let mut costs = [PlanCost::default(); 3];
        let least = self.choice.least_cycles();
        let mut cycles = least;
        for (index, pass) in ConvolutionPass::ALL.into_iter().enumerate() {
            let choice = &self.choice.passes[index];
            let partition = implied_partition(forward, grouping, pass);
            let Ok(cost) = evaluate(&choice.setting, &partition) else {
                return true;
            };
            if pass == ConvolutionPass::Forward {
                // With fewer parts each is longer, and no kernel that streams along the field computes that faster.
                let computing = cost.serial_splits * cost.compute;
                if self.best.prunes(least - choice.least_cycles + computing)
                    && choice.setting.method != Method::VerticalMac
                {
                    return false;
                }
            }
            cycles += cost.cycles().saturating_sub(choice.least_cycles);
            if self.best.prunes(cycles) || self.best.exceeds(&cost) {
                return true;
            }
            costs[index] = cost;
        }
        let choices = &self.choice.passes;
        self.best.offer(&costs, || {
            ConvolutionPass::ALL.map(|pass| {
                let Choice {
                    transforms, setting, ..
                } = &choices[pass as usize];
                Plan {
                    method: setting.method,
                    grouping: setting.grouping,
                    vertex_partials: setting.vertex_partials,
                    transforms: (*transforms).clone(),
                    partition: implied_partition(forward, grouping, pass),
                    joint: setting.joint,
                }
            })
        });
        true
    }
}
