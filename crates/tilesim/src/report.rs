//! Reports: pages to look at.

use tilesim_page::{ChipTrace, Page, PageResult, PageRun, RunTrace, html};
use tilesim_report::{
    MachineFacts, labels, stored_training_validation, stored_validation, training::training_reading,
    training_validation_sentence, validation_sentence,
};
use tilesim_traces::TracedSystem;

use crate::{Error, Run, RunRecord, record::RunDetails, why::why_results};

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

/// The page of these runs.
pub(crate) fn page(runs: &[RunRecord], labels: &[String], reading: &[String]) -> Result<String, Error> {
    let page = Page {
        title: labels.join(" against "),
        subtitle: subtitle(runs),
        reading: reading.to_vec(),
        why: differences(runs)?,
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
pub(crate) fn system_page(system: &TracedSystem, machine: &MachineFacts) -> Result<String, Error> {
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
        why: Vec::new(),
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
            validation: training_validation_sentence(&stored_validation().kinds, stored_training_validation()),
            input: match system.stages.first() {
                Some(stage) => serde_json::to_value(&stage.input)?,
                None => serde_json::Value::Null,
            },
        }],
    };
    Ok(html(&page)?)
}

/// Why each other run takes another time than the first. Counterfactuals are for `why` to simulate.
fn differences(runs: &[RunRecord]) -> Result<Vec<serde_json::Value>, Error> {
    let Some((first, others)) = runs.split_first() else {
        return Ok(Vec::new());
    };
    let answers = others
        .iter()
        .map(|other| Ok(serde_json::to_value(why_results(&first.result, &other.result)?)?));
    answers.collect()
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
        validation: validation_sentence(&run.result),
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
