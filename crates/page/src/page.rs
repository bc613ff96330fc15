//! The page of runs: its data, and its views.

use serde::Serialize;
use serde_json::Value;
use tilesim_report::{RunResult, SiliconCurve, stored_validation, training::TrainingResult};
use tilesim_sim::{
    Detail, MemoryCategory, Profile, StepKind,
    system::{Activity, SystemProfile},
};

use crate::{
    columns::{LayerColumns, MemoryColumns, SpanColumns, StepColumns, TileColumns, VariableColumns},
    insights::{Insight, insights},
    shell::Shell,
};

/// The views in the order in which they run, after what all pages share: the first defines what the others use, the last draws.
const SCRIPTS: [&str; 15] = [
    include_str!("assets/script/runs.js"),
    include_str!("assets/script/detail.js"),
    include_str!("assets/script/why.js"),
    include_str!("assets/script/banner.js"),
    include_str!("assets/script/waterfall.js"),
    include_str!("assets/script/insights.js"),
    include_str!("assets/script/roofline.js"),
    include_str!("assets/script/layers.js"),
    include_str!("assets/script/timeline.js"),
    include_str!("assets/script/tiles.js"),
    include_str!("assets/script/liveness.js"),
    include_str!("assets/script/stages.js"),
    include_str!("assets/script/pipeline.js"),
    include_str!("assets/script/stage_layers.js"),
    include_str!("assets/script/main.js"),
];

/// Everything that a page shows.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// Heading of the page.
    pub title: String,
    /// One line below it.
    pub subtitle: String,
    /// What the figures say, in sentences.
    pub reading: Vec<String>,
    /// Version of the simulator.
    pub version: &'a str,
    /// Why each of the others takes another time than the first: the JSON of `why`, in the order of the runs; empty where there is one run.
    pub why: Vec<Value>,
    /// The runs; the others are compared with the first.
    pub runs: Vec<PageRun<'a>>,
}

/// One run of a page.
#[derive(Debug, Clone)]
pub struct PageRun<'a> {
    /// A name that tells it from the others.
    pub label: String,
    /// Its result.
    pub result: PageResult<'a>,
    /// What the simulation kept of it; `None` where the result was read from a file.
    pub trace: Option<RunTrace<'a>>,
    /// How well the simulator predicts such operators, in a sentence.
    pub validation: String,
    /// Everything that the run depends on.
    pub input: Value,
}

/// What a run yields.
#[derive(Debug, Clone, Copy)]
pub enum PageResult<'a> {
    /// Of one chip.
    Run(&'a RunResult),
    /// Of a system of chips that trains. A page has one of these alone: they are not compared.
    Training {
        /// Its result.
        result: &'a TrainingResult,
        /// What its stages do when.
        profile: &'a SystemProfile,
    },
}

/// What a simulation keeps of a run beside its result.
#[derive(Debug, Clone)]
pub struct RunTrace<'a> {
    /// The chips that the run takes place on, such as the stages of a pipeline.
    pub chips: Vec<ChipTrace<'a>>,
    /// Bytes per cycle that all tiles together read from and write to their SRAM at most.
    pub sram_bytes_per_cycle: u64,
    /// Bytes per cycle that all tiles together send at most.
    pub exchange_bytes_per_cycle: u64,
}

/// What a simulation keeps of one chip.
#[derive(Debug, Clone)]
pub struct ChipTrace<'a> {
    /// A name that tells it from the other chips of the run; empty where there is but one.
    pub label: String,
    /// Index into the result's layers of the first layer of the profile, where the result lists layers.
    pub first_layer: usize,
    /// Steps, layers and memory.
    pub profile: &'a Profile,
    /// The same by tile and variable.
    pub detail: &'a Detail,
}

/// The data as the scripts read it.
#[derive(Serialize)]
struct Data<'a> {
    version: &'a str,
    subtitle: &'a str,
    reading: &'a [String],
    why: &'a [Value],
    step_kinds: [&'static str; StepKind::ALL.len()],
    memory_categories: [&'static str; MemoryCategory::ALL.len()],
    activities: [&'static str; Activity::ALL.len()],
    /// Predicted over measured on real chips, of this version.
    silicon: Vec<SiliconCurve>,
    runs: Vec<RunData<'a>>,
}

#[derive(Serialize)]
struct RunData<'a> {
    label: &'a str,
    training: bool,
    result: ResultData<'a>,
    /// What every stage does when; empty where nothing trains.
    spans: Vec<SpanColumns>,
    validation: &'a str,
    insights: Vec<Insight>,
    input: &'a Value,
    sram_bytes_per_cycle: Option<u64>,
    exchange_bytes_per_cycle: Option<u64>,
    chips: Vec<ChipData<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ResultData<'a> {
    Run(&'a RunResult),
    Training(&'a TrainingResult),
}

#[derive(Serialize)]
struct ChipData<'a> {
    label: &'a str,
    first_layer: usize,
    layers: LayerColumns<'a>,
    memory: MemoryColumns,
    steps: StepColumns<'a>,
    tiles: TileColumns,
    variables: VariableColumns<'a>,
}

/// The page as one HTML file that asks no server for anything.
///
/// # Errors
/// When the run's input cannot be written as JSON.
pub fn html(page: &Page<'_>) -> Result<String, serde_json::Error> {
    let data = Data {
        version: page.version,
        subtitle: &page.subtitle,
        reading: &page.reading,
        why: &page.why,
        step_kinds: StepKind::ALL.map(StepKind::name),
        memory_categories: MemoryCategory::ALL.map(MemoryCategory::name),
        activities: Activity::ALL.map(Activity::name),
        silicon: stored_validation().silicon.curves,
        runs: page.runs.iter().map(run_data).collect(),
    };
    Shell {
        title: &page.title,
        version: page.version,
        scripts: &SCRIPTS,
    }
    .filled_with(&data)
}

fn run_data<'a>(run: &'a PageRun<'_>) -> RunData<'a> {
    let trace = run.trace.as_ref();
    let (result, spans, insights) = match run.result {
        PageResult::Run(result) => (ResultData::Run(result), Vec::new(), insights(result)),
        PageResult::Training { result, profile } => (
            ResultData::Training(result),
            profile.stages.iter().map(SpanColumns::new).collect(),
            Vec::new(),
        ),
    };
    RunData {
        label: &run.label,
        training: matches!(result, ResultData::Training(_)),
        result,
        spans,
        validation: &run.validation,
        insights,
        input: &run.input,
        sram_bytes_per_cycle: trace.map(|trace| trace.sram_bytes_per_cycle),
        exchange_bytes_per_cycle: trace.map(|trace| trace.exchange_bytes_per_cycle),
        chips: trace.map_or_else(Vec::new, |trace| trace.chips.iter().map(chip_data).collect()),
    }
}

fn chip_data<'a>(chip: &'a ChipTrace<'_>) -> ChipData<'a> {
    ChipData {
        label: &chip.label,
        first_layer: chip.first_layer,
        layers: LayerColumns::new(chip.profile),
        memory: MemoryColumns::new(chip.profile),
        steps: StepColumns::new(chip.profile, chip.detail),
        tiles: TileColumns::new(chip.detail),
        variables: VariableColumns::new(chip.detail),
    }
}
