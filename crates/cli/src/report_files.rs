//! The report of a command as files: a page to look at.

use serde_json::{Value, json};
use tilesim_page::{Page, PageRun, RunTrace, html};
use tilesim_report::run_labels;

use crate::{
    error::CliError,
    pipeline::{Run, Trace},
};

/// The page of these runs. `reading` says in sentences what the figures say.
pub(crate) fn files(runs: &[Run], reading: &[String]) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let results: Vec<_> = runs.iter().map(|run| run.result.clone()).collect();
    let labels = run_labels(&results);
    let page = Page {
        title: labels.join(" against "),
        subtitle: subtitle(runs),
        reading: reading.to_vec(),
        version: env!("CARGO_PKG_VERSION"),
        runs: runs
            .iter()
            .zip(&labels)
            .map(|(run, label)| page_run(run, label))
            .collect::<Result<_, CliError>>()?,
    };
    Ok(vec![("report.html".to_owned(), html(&page)?.into_bytes())])
}

fn subtitle(runs: &[Run]) -> String {
    let what = if runs.len() == 1 {
        "One run"
    } else {
        "A comparison with the first run"
    };
    format!("{what}, as a cycle-approximate simulation executes it: every cycle of every tile has a cause.")
}

fn page_run<'a>(run: &'a Run, label: &str) -> Result<PageRun<'a>, CliError> {
    Ok(PageRun {
        label: label.to_owned(),
        result: &run.result,
        trace: run.trace.as_deref().map(run_trace),
        validation: String::new(),
        input: input(run)?,
    })
}

fn run_trace(trace: &Trace) -> RunTrace<'_> {
    let machine = &trace.machine;
    let tiles = trace.profile.tiles;
    RunTrace {
        profile: &trace.profile,
        detail: &trace.detail,
        sram_bytes_per_cycle: tiles
            * (machine.sram_read_bytes_per_cycle + machine.sram_write_bytes_per_cycle),
        exchange_bytes_per_cycle: tiles * machine.exchange_bytes_per_cycle,
    }
}

/// What a run depends on, as far as it is known.
fn input(run: &Run) -> Result<Value, CliError> {
    let result = &run.result;
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "model": serde_json::to_value(&result.model)?,
        "specification": match &run.trace {
            Some(trace) => serde_json::to_value(&trace.request.network.spec)?,
            None => Value::Null,
        },
        "machine": serde_json::to_value(&result.machine)?,
        "run": serde_json::to_value(&result.run)?,
    }))
}
