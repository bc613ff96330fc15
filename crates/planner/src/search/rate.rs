//! How fast a kernel can become, measured on the kernel itself.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use tilesim_machine::ElementType;
use tilesim_program::vertex::convolution::ChannelGrouping;

use super::super::cost::{vertex, vertex_cycles};
use super::super::plan::Method;
use super::super::setting::Setting;
use super::super::{sizes::MAX_DIMENSIONS, tile::Tile};

/// A plane below a kernel's cost: `base + per_block · (blocks − 1) + per_unit · units`. A block is one kernel row of one block of
/// channels and groups, a unit one output position of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KernelRate {
    least: u64,
    base: f64,
    per_block: f64,
    per_unit: f64,
}

/// Rates by all that they depend on: many convolutions, and many rewritings of each, have kernels of the same rate.
#[derive(Debug, Default)]
pub(crate) struct KernelRates(Mutex<FxHashMap<RateKey, KernelRate>>);

impl KernelRates {
    /// The rate of the kernel of `setting`; all settings are those of machines that compute alike, and of one count.
    pub(super) fn of(&self, setting: &Setting) -> KernelRate {
        let key = RateKey::new(setting);
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rate) = known().get(&key) {
            return *rate;
        }
        // Others go on while this one is probed; who probes the same finds the same.
        let rate = KernelRate::new(setting);
        known().insert(key, rate);
        rate
    }
}

/// What the probes of a setting depend on, beside the machine.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RateKey {
    method: Method,
    grouping: ChannelGrouping,
    input_type: ElementType,
    vertex_partials: ElementType,
    /// Which kernel of the units computes it (`cost::compute`).
    single_batch: bool,
    several_rows: bool,
    kernel_width: u64,
    /// Stride and input dilation of every dimension.
    steps: SmallVec<[[u64; 2]; MAX_DIMENSIONS]>,
}

impl RateKey {
    fn new(setting: &Setting) -> Self {
        let dimensions = &setting.shape.dimensions;
        Self {
            method: setting.method,
            grouping: setting.grouping,
            input_type: setting.options.input_type,
            vertex_partials: setting.vertex_partials,
            single_batch: setting.shape.batch == 1,
            several_rows: several_rows(setting),
            kernel_width: dimensions.last().map_or(1, |d| d.kernel),
            steps: dimensions.iter().map(|d| [d.stride, d.input_dilation]).collect(),
        }
    }
}

/// Whether a tile may have kernel rows beside each other.
fn several_rows(setting: &Setting) -> bool {
    setting.shape.dimensions.len() > 1 && setting.shape.kernel_field() > 1
}

/// Kernel rows of which every kernel packs a whole number beside each other.
const MANY_ROWS: u64 = 16;

/// Kernel rows that AMP may hold beside each other: a unit's 16 half weights, over 16, 8 or 4 input channels.
const PACKED_ROWS: [u64; 3] = [1, 2, 4];

impl KernelRate {
    fn new(setting: &Setting) -> Self {
        let workers = u64::from(setting.machine.workers);
        let probe = Probe { setting };
        let along = Axis::of(setting.method);
        let uses_conv_units = matches!(setting.method, Method::Amp { .. } | Method::Slic { .. });
        let several_rows = several_rows(setting);

        // The slope of one block more is free of what a kernel does once for all blocks.
        let (near, far) = (16 * workers, 32 * workers);
        let slope = |rows: u64| {
            let of = |blocks| {
                probe
                    .cycles(blocks, rows, far)
                    .saturating_sub(probe.cycles(blocks, rows, near))
            };
            let (one, two) = (of(ONE_BLOCK), of(blocks([along[0]; 2])));
            two.saturating_sub(one).min(one) as f64 / ((far - near) * rows) as f64
        };
        let per_unit = if uses_conv_units && several_rows {
            slope(1).min(slope(MANY_ROWS))
        } else {
            slope(1)
        };

        // Short runs through the units may be faster than the steady rate promises, and so are runs that leave a worker a position
        // behind; other kernels have but one rate.
        let runs: &[u64] = if uses_conv_units { &[1, 3, 6] } else { &[1] };
        let short = || {
            runs.iter()
                .flat_map(|run| [(run * workers - 1).max(1), run * workers])
        };

        // What one block more costs beyond its units: one along a loop, or one of the body that two nested loops share.
        let per_block = short()
            .map(|positions| {
                let cycles = |blocks| probe.cycles(blocks, 1, positions);
                let one = cycles(ONE_BLOCK);
                let mut more = u64::MAX;
                for &axis in along {
                    more = more.min(cycles(blocks([axis, axis])).saturating_sub(one));
                }
                if let &[inner, outer] = along {
                    let both = cycles(blocks([inner, outer])) + one;
                    let each = cycles(blocks([inner, inner])) + cycles(blocks([outer, outer]));
                    more = more.min(both.saturating_sub(each));
                }
                let mut more = more as f64;
                if several_rows {
                    let rows = |rows| probe.cycles(ONE_BLOCK, rows, positions);
                    let many = rows(2 * MANY_ROWS).saturating_sub(rows(MANY_ROWS));
                    more = more.min(many as f64 / MANY_ROWS as f64);
                }
                more - per_unit * positions as f64
            })
            .fold(f64::INFINITY, f64::min)
            .max(0.0);

        // Rows packed beside each other cost no more than one.
        let packed = if several_rows {
            &PACKED_ROWS[..]
        } else {
            &PACKED_ROWS[..1]
        };
        // The supervisor waits less for workers that find nothing.
        let fewer = if uses_conv_units { 1..workers } else { 1..1 };
        let mut base = f64::INFINITY;
        for &rows in packed {
            for positions in fewer.clone().chain(short()) {
                let others = per_block * (rows - 1) as f64 + per_unit * (rows * positions) as f64;
                base = base.min(probe.cycles(ONE_BLOCK, rows, positions) as f64 - others);
            }
        }
        let least = probe
            .cycles(ONE_BLOCK, 1, 1)
            .min(probe.cycles(ONE_BLOCK, 1, workers));
        Self {
            least,
            base,
            per_block,
            per_unit,
        }
    }

    /// Cycles of `units` or more units of work in `blocks` or more blocks at least.
    pub(super) fn cycles(&self, blocks: u64, units: u64) -> u64 {
        let line = self.base + self.per_block * (blocks - 1) as f64 + self.per_unit * units as f64;
        self.least.max(line as u64)
    }
}

/// A kind of block that a kernel loops over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    InChannels,
    OutChannels,
    ConvGroups,
}

impl Axis {
    /// The loops whose next iteration may be the cheapest, the innermost first; a loop around them costs more.
    const fn of(method: Method) -> &'static [Self] {
        match method {
            Method::Amp { .. } | Method::HorizontalMac => &[Self::InChannels, Self::OutChannels],
            Method::VerticalMac => &[Self::InChannels],
            Method::Slic { .. } | Method::OuterProduct => &[Self::ConvGroups],
        }
    }
}

/// Blocks on a probed tile.
#[derive(Debug, Clone, Copy)]
struct Blocks {
    conv_groups: u64,
    in_channels: u64,
    out_channels: u64,
}

const ONE_BLOCK: Blocks = Blocks {
    conv_groups: 1,
    in_channels: 1,
    out_channels: 1,
};

/// Two blocks along each of the given loops, one along the others.
fn blocks(axes: [Axis; 2]) -> Blocks {
    let along = |axis| if axes.contains(&axis) { 2 } else { 1 };
    Blocks {
        conv_groups: along(Axis::ConvGroups),
        in_channels: along(Axis::InChannels),
        out_channels: along(Axis::OutChannels),
    }
}

/// A tile of few blocks, to ask a kernel for its cost.
struct Probe<'a, 'b> {
    setting: &'b Setting<'a>,
}

impl Probe<'_, '_> {
    fn cycles(&self, blocks: Blocks, rows: u64, positions: u64) -> u64 {
        let setting = self.setting;
        let grouping = setting.grouping;
        let dimensions = &setting.shape.dimensions;
        let last = dimensions.len() - 1;
        let mut kernel = [1; MAX_DIMENSIONS];
        kernel[last] = dimensions[last].kernel;
        if last > 0 {
            kernel[last - 1] = rows;
        }
        let tile = Tile {
            batch: 1,
            conv_groups: blocks.conv_groups * grouping.conv_groups,
            in_channels: blocks.in_channels * grouping.in_channels,
            out_channels: blocks.out_channels * grouping.out_channels,
            output: [1; MAX_DIMENSIONS],
            kernel,
            input: [1; MAX_DIMENSIONS],
        };
        let mut vertex = vertex(setting, &tile);
        if !matches!(setting.method, Method::Slic { .. }) {
            vertex.input_dilation.iter_mut().for_each(|d| *d = 1);
            vertex.stride.iter_mut().for_each(|s| *s = 1);
        }
        // The vertical kernel deals out whole positions; others run along a row.
        if setting.method == Method::VerticalMac {
            vertex.batch = positions;
        } else if let Some(innermost) = vertex.output.last_mut() {
            *innermost = positions;
        }
        vertex_cycles(setting, &vertex).unwrap_or(0)
    }
}
