//! The report of a command as files: a page to look at, and plots.

use tilesim_page::{ChipTrace, Page, PageResult, PageRun, Plot, PlotFormat, PlotRun, RunTrace, html, plots};
use tilesim_report::{
    MachineFacts, labels, stored_training_validation, stored_validation, training::training_reading,
    training_validation_sentence, validation_sentence,
};
use tilesim_traces::{TracedRun, TracedSystem};

use crate::{Error, OutputFile, Run, RunRecord, TraceFormat, record::RunDetails, trace};

/// Name of the page.
const REPORT: &str = "report.html";

impl Run {
    /// The report of the run: one HTML page that works offline.
    ///
    /// # Errors
    /// As [`Run::traces`].
    pub fn report(&self) -> Result<String, Error> {
        let labels = labels(std::slice::from_ref(self.result()));
        page(&[self.record()?], &labels, &self.reading())
    }
}

/// The files of runs beside their results: the page, the plots, and the traces where a format is given. `labels` tell the runs apart,
/// `reading` says in sentences what their figures say.
///
/// # Errors
/// Where a file cannot be made.
pub fn run_files(
    runs: Vec<RunRecord>,
    labels: &[String],
    reading: &[String],
    plots: PlotFormat,
    traces: Option<TraceFormat>,
) -> Result<Vec<OutputFile>, Error> {
    let mut files = files(&runs, labels, reading, plots)?;
    let Some(format) = traces else {
        return Ok(files);
    };
    let traced: Vec<TracedRun> = runs
        .into_iter()
        .zip(labels)
        .filter_map(|(run, label)| {
            run.details.map(|details| TracedRun {
                name: label.clone(),
                ..details.traced
            })
        })
        .collect();
    files.extend(trace::files(&traced, format)?);
    Ok(files)
}

/// The page and the plots of these runs. `labels` tell the runs apart, `reading` says in sentences what the figures say.
fn files(
    runs: &[RunRecord],
    labels: &[String],
    reading: &[String],
    format: PlotFormat,
) -> Result<Vec<OutputFile>, Error> {
    let mut files = vec![OutputFile::new(REPORT, page(runs, labels, reading)?)];
    files.extend(plot_files(runs, labels, format)?);
    Ok(files)
}

/// The page of these runs.
fn page(runs: &[RunRecord], labels: &[String], reading: &[String]) -> Result<String, Error> {
    let page = Page {
        title: labels.join(" against "),
        subtitle: subtitle(runs),
        reading: reading.to_vec(),
        version: env!("CARGO_PKG_VERSION"),
        runs: runs
            .iter()
            .zip(labels)
            .map(|(run, label)| page_run(run, label))
            .collect::<Result<_, Error>>()?,
    };
    Ok(html(&page)?)
}

/// The page of a training system.
pub(crate) fn system_files(system: &TracedSystem, machine: &MachineFacts) -> Result<Vec<OutputFile>, Error> {
    let result = &system.result;
    let tiles = result.machine.tiles;
    let chips = system.stages.iter().zip(&result.stages).enumerate();
    let chips = chips.map(|(index, (stage, described))| ChipTrace {
        label: format!("stage {index}: {} – {}", described.blocks[0], described.blocks[1]),
        first_layer: 0,
        profile: &stage.profile,
        detail: &stage.detail,
    });
    let page = Page {
        title: system.name.clone(),
        subtitle: "One weight update of a system of chips, as a cycle-approximate simulation executes it: every cycle of every \
                   tile has a cause."
            .to_owned(),
        reading: training_reading(result),
        version: env!("CARGO_PKG_VERSION"),
        runs: vec![PageRun {
            label: system.name.clone(),
            result: PageResult::Training {
                result,
                profile: &system.profile,
            },
            trace: Some(RunTrace {
                chips: chips.collect(),
                sram_bytes_per_cycle: tiles
                    * (machine.sram_read_bytes_per_cycle + machine.sram_write_bytes_per_cycle),
                exchange_bytes_per_cycle: tiles * machine.exchange_bytes_per_cycle,
            }),
            validation: training_validation_sentence(&stored_validation(), stored_training_validation()),
            input: match system.stages.first() {
                Some(stage) => serde_json::to_value(&stage.input)?,
                None => serde_json::Value::Null,
            },
        }],
    };
    Ok(vec![OutputFile::new(REPORT, html(&page)?)])
}

fn plot_files(runs: &[RunRecord], labels: &[String], format: PlotFormat) -> Result<Vec<OutputFile>, Error> {
    let runs: Vec<PlotRun<'_>> = runs
        .iter()
        .zip(labels)
        .map(|(run, label)| PlotRun {
            label,
            result: &run.result,
            sram_bytes_per_cycle: run
                .details
                .as_deref()
                .map(|details| run_trace(details).sram_bytes_per_cycle),
        })
        .collect();
    let named = |plot: Plot| OutputFile::new(format!("{}.{}", plot.name, format.extension()), plot.contents);
    Ok(plots(&runs, format)?.into_iter().map(named).collect())
}

fn subtitle(runs: &[RunRecord]) -> String {
    let what = if runs.len() == 1 {
        "One run"
    } else {
        "A comparison with the first run"
    };
    format!("{what}, as a cycle-approximate simulation executes it: every cycle of every tile has a cause.")
}

fn page_run<'a>(run: &'a RunRecord, label: &str) -> Result<PageRun<'a>, Error> {
    Ok(PageRun {
        label: label.to_owned(),
        result: PageResult::Run(&run.result),
        trace: run.details.as_deref().map(run_trace),
        validation: validation_sentence(&run.result.validation),
        input: match &run.details {
            Some(details) => serde_json::to_value(&details.traced.input)?,
            None => serde_json::Value::Null,
        },
    })
}

fn run_trace(details: &RunDetails) -> RunTrace<'_> {
    let RunDetails { machine, traced } = details;
    let tiles = traced.profile.tiles;
    RunTrace {
        chips: vec![ChipTrace {
            label: String::new(),
            first_layer: 0,
            profile: &traced.profile,
            detail: &traced.detail,
        }],
        sram_bytes_per_cycle: tiles
            * (machine.sram_read_bytes_per_cycle + machine.sram_write_bytes_per_cycle),
        exchange_bytes_per_cycle: tiles * machine.exchange_bytes_per_cycle,
    }
}
