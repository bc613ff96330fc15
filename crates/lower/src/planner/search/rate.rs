//! How fast a kernel can become, measured on the kernel itself.

use super::super::cost::{vertex, vertex_cycles};
use super::super::plan::Method;
use super::super::setting::Setting;
use super::super::tile::{MAX_DIMENSIONS, Tile};

/// A line below a kernel's cost: `base + per_unit · units`, one unit being one output position of one block of channels and
/// groups and one kernel row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KernelRate {
    least: u64,
    base: f64,
    per_unit: f64,
}

/// Kernel rows of which every kernel packs a whole number beside each other.
const MANY_ROWS: u64 = 16;

impl KernelRate {
    pub(super) fn new(setting: &Setting) -> Self {
        let workers = u64::from(setting.machine.workers);
        let probe = Probe::new(setting);
        let (near, far) = (16 * workers, 32 * workers);
        // The slope of one block more is free of what a kernel does once for all blocks.
        let slope = |rows: u64| {
            let of = |blocks: u64| {
                probe
                    .cycles(blocks, rows, far)
                    .saturating_sub(probe.cycles(blocks, rows, near))
            };
            let (one, two) = (of(1), of(2));
            two.saturating_sub(one).min(one) as f64 / ((far - near) * rows) as f64
        };
        let per_unit = if setting.shape.dimensions.len() > 1 && setting.shape.kernel_field() > 1 {
            slope(1).min(slope(MANY_ROWS))
        } else {
            slope(1)
        };
        // Short runs of positions may be faster than the steady rate promises.
        let base = (1..=6)
            .map(|run| {
                let positions = run * workers;
                probe.cycles(1, 1, positions) as f64 - per_unit * positions as f64
            })
            .fold(f64::INFINITY, f64::min);
        Self {
            least: probe.cycles(1, 1, 1).min(probe.cycles(1, 1, workers)),
            base,
            per_unit,
        }
    }

    /// Cycles of `units` or more units of work at least.
    pub(super) fn cycles(&self, units: u64) -> u64 {
        self.least.max((self.base + self.per_unit * units as f64) as u64)
    }
}

/// A tile of few blocks, to ask a kernel for its cost.
struct Probe<'a, 'b> {
    setting: &'b Setting<'a>,
    /// Whether the kernel loops over blocks of input channels (or else over blocks of groups).
    over_in_channels: bool,
}

impl<'a, 'b> Probe<'a, 'b> {
    fn new(setting: &'b Setting<'a>) -> Self {
        let over_in_channels = matches!(
            setting.method,
            Method::Amp { .. } | Method::HorizontalMac | Method::VerticalMac
        );
        Self {
            setting,
            over_in_channels,
        }
    }

    fn cycles(&self, blocks: u64, rows: u64, positions: u64) -> u64 {
        let setting = self.setting;
        let grouping = setting.grouping;
        let dimensions = &setting.shape.dimensions;
        let last = dimensions.len() - 1;
        let mut kernel = [1; MAX_DIMENSIONS];
        kernel[last] = dimensions[last].kernel;
        if last > 0 {
            kernel[last - 1] = rows;
        }
        let (groups, inputs) = if self.over_in_channels {
            (1, blocks)
        } else {
            (blocks, 1)
        };
        let tile = Tile {
            batch: 1,
            conv_groups: groups * grouping.conv_groups,
            in_channels: inputs * grouping.in_channels,
            out_channels: grouping.out_channels,
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
