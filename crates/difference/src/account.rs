//! A run as it is taken apart: parts with their cycles by cause.

mod run;
mod update;

use tilesim_report::CyclesByCause;
use tilesim_sim::Cause;
use tilesim_terms::{LayerKind, Phase};

/// Causes that there are.
const CAUSES: usize = Cause::ALL.len();

/// Cycles by cause; negative ones are what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cycles([i128; CAUSES]);

impl Cycles {
    /// The cycles of a result, so many times.
    fn times(causes: &CyclesByCause, times: u64) -> Self {
        let mut cycles = Self::default();
        for (cause, of_cause) in causes.iter() {
            cycles.add(cause, i128::from(of_cause).saturating_mul(i128::from(times)));
        }
        cycles
    }

    /// Cycles of a cause.
    pub const fn get(&self, cause: Cause) -> i128 {
        self.0[cause as usize]
    }

    /// Adds cycles of a cause. Files may hold anything: what no counter holds stays at the most, which is refused later.
    const fn add(&mut self, cause: Cause, cycles: i128) {
        self.0[cause as usize] = self.0[cause as usize].saturating_add(cycles);
    }
}

/// A run, as it is taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// A name that tells it from the other.
    pub label: String,
    /// Tile clock cycles.
    pub cycles: u64,
    /// Images that pass in these.
    pub images: u64,
    /// Tile clock in hertz.
    pub clock_hz: u64,
    /// Whether the fullest tile's memory holds it.
    pub fits: bool,
    /// Useful multiply-accumulates of an image, as theory counts them.
    pub macs_per_image: u64,
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// What rounding leaves of each cause beside the parts.
    pub rounding: Cycles,
}

impl Account {
    /// Cycles of all causes.
    pub(crate) fn by_cause(&self) -> i128 {
        let all = self.parts.iter().map(|part| &part.cycles).chain([&self.rounding]);
        all.flat_map(|cycles| cycles.0).fold(0, i128::saturating_add)
    }
}

/// A part of a run: a layer, or a reason to wait for other chips.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
    /// When it runs; nothing where that is all the time.
    pub phase: Option<Phase>,
    /// Index of the pipeline stage, where there is a pipeline.
    pub stage: Option<usize>,
    /// Useful multiply-accumulates.
    pub macs: u64,
    /// Of so many images.
    pub macs_images: u64,
    /// How its convolution is planned, in one line; empty where it has none.
    pub plan: String,
    /// Cycles.
    pub cycles: Cycles,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// A layer.
    Layer(LayerKind),
    /// What a stage of a pipeline does for others or waits for.
    Pipeline,
}

impl PartKind {
    /// The name in JSON and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Layer(kind) => kind.name(),
            Self::Pipeline => "pipeline",
        }
    }
}

impl Part {
    /// The block that it belongs to: what stands before the last `/` of its name, or the whole name.
    pub fn block(&self) -> &str {
        self.name.rsplit_once('/').map_or(&self.name, |(block, _)| block)
    }

    /// What it is called within its block.
    pub fn place(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(_, place)| place)
    }

    /// Whether it does as many useful multiply-accumulates per image as another.
    pub fn works_as(&self, other: &Self) -> bool {
        u128::from(self.macs) * u128::from(other.macs_images)
            == u128::from(other.macs) * u128::from(self.macs_images)
    }

    /// Useful multiply-accumulates per image over those of another; nothing where that has none.
    pub fn work_over(&self, other: &Self) -> Option<f64> {
        let per_image = |part: &Self| part.macs as f64 / part.macs_images as f64;
        Some(per_image(self) / per_image(other)).filter(|ratio| ratio.is_finite())
    }
}

/// What parts leave of the whole.
fn rounding(whole: &CyclesByCause, parts: &[Part]) -> Cycles {
    let mut rest = Cycles::times(whole, 1);
    for part in parts {
        for cause in Cause::ALL {
            rest.add(cause, -part.cycles.get(cause));
        }
    }
    rest
}
