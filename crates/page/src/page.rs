//! The HTML page: template, style, scripts, charting library and data in one file.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use miniz_oxide::deflate::compress_to_vec_zlib;
use plotly::Plot;
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
};

const TEMPLATE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/page.css");

/// The scripts in the order in which they run: the first defines what the others use, the last draws.
const SCRIPTS: [&str; 15] = [
    include_str!("assets/script/unpack.js"),
    include_str!("assets/script/core.js"),
    include_str!("assets/script/detail.js"),
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

/// How hard the data and the charting library are compressed: harder takes several times as long for a few bytes in a hundred.
const COMPRESSION_LEVEL: u8 = 6;

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
        step_kinds: StepKind::ALL.map(StepKind::name),
        memory_categories: MemoryCategory::ALL.map(MemoryCategory::name),
        activities: Activity::ALL.map(Activity::name),
        silicon: stored_validation().silicon.curves,
        runs: page.runs.iter().map(run_data).collect(),
    };
    let values = [
        ("version", escaped(page.version)),
        ("title", escaped(&page.title)),
        ("style", STYLE.to_owned()),
        ("data", packed(&serde_json::to_vec(&data)?)),
        ("charts", packed(charting_library().as_bytes())),
        (
            "script",
            format!("(async () => {{\n{}\n}})();", SCRIPTS.join("\n")),
        ),
    ];
    Ok(filled(TEMPLATE, &values))
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

/// The template with every `{{name}}` replaced by its value; what is within values stays as it is.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let mut text =
        String::with_capacity(template.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(of, _)| *of == name) {
            text.push_str(value);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Bytes as `unpack.js` reads them: deflated with zlib's header, in base 64. A training system has tens of thousands of steps, whose
/// names and figures repeat each other; as plain text they would be two thirds of the page, and the charting library the rest.
fn packed(bytes: &[u8]) -> String {
    BASE64.encode(compress_to_vec_zlib(bytes, COMPRESSION_LEVEL))
}

/// Plotly.js as the crate `plotly` carries it, without its second script: `MathJax`, which no label needs.
fn charting_library() -> String {
    let sources = Plot::offline_js_sources();
    let script = sources.split("</script>").next().unwrap_or_default();
    let start = script.find('>').map_or(0, |end| end + 1);
    script[start..].to_owned()
}

/// Text for the body of an element or an attribute in quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_templates() {
        let values = [("a", "{{b}}".to_owned()), ("b", "2".to_owned())];
        assert_eq!(filled("x{{a}}y{{b}}z", &values), "x{{b}}y2z");
    }

    #[test]
    fn what_is_packed_is_small_and_ends_no_element() {
        let text = "</script>".repeat(1000);
        let packed = packed(text.as_bytes());
        assert!(packed.len() < 200 && !packed.contains('<'));
        let deflated = BASE64.decode(packed).expect("base 64");
        let inflated = miniz_oxide::inflate::decompress_to_vec_zlib(&deflated).expect("zlib");
        assert_eq!(inflated, text.as_bytes());
    }

    #[test]
    fn the_charting_library_is_whole_and_alone() {
        let library = charting_library();
        assert!(library.contains("plotly.js v3"));
        assert!(library.len() > 1_000_000);
        // The second script is `MathJax`, of two megabytes.
        assert!(Plot::offline_js_sources().len() > library.len() + 1_000_000);
    }
}
