//! What was set differently in two runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tilesim_report::{
    MachineSection, ModelSection, OverlapSection, RunResult, framework_choices,
    training::{SystemSection, TrainingResult},
};
use tilesim_terms::Framework;

/// A setting that has another value in each run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingDifference {
    /// Its key, as `--set KEY=VALUE` takes it; or `network`, `machine`, `system`, which are named with what was changed of them.
    pub key: String,
    /// Its value in the first run; null where that has no such setting.
    pub a: Option<String>,
    /// Its value in the second run.
    pub b: Option<String>,
}

/// Settings by their keys.
pub type Settings = BTreeMap<String, String>;

/// What a result records of how it was run.
pub fn of_run(result: &RunResult) -> Settings {
    let run = &result.run;
    let mut settings = sections(&result.model, &result.machine);
    let mut put = |key: &str, value: String| settings.insert(key.to_owned(), value);
    put("batch", run.batch.to_string());
    put("precision", run.precision.clone());
    put(
        "available_memory_proportion",
        run.available_memory_proportion.to_string(),
    );
    let host = match (run.host_io, run.overlap) {
        (false, _) => "none",
        (true, None) => "serial",
        (true, Some(_)) => "overlapped",
    };
    put("host_io", host.to_owned());
    put("software", run.software.clone());
    put("planning", run.planning.to_string());
    settings.extend(overlapped("", run.overlap));
    settings.extend(framework(run.framework.unwrap_or_default()));
    settings
}

/// What the result of a weight update records of how it was run.
pub fn of_update(result: &TrainingResult) -> Settings {
    let SystemSection {
        name,
        overrides,
        chips,
        stages,
        replicas,
        splits,
        schedule,
        micro_batch,
        gradient_accumulation,
        global_batch: _,
        recomputation,
        precision,
        software,
        framework: decided,
        overlap,
    } = &result.system;
    let mut settings = sections(&result.model, &result.machine);
    let mut put = |key: &str, value: String| settings.insert(key.to_owned(), value);
    put("system", named(name, overrides));
    put("software", software.clone());
    put("chips", chips.to_string());
    put("system.stages", stages.to_string());
    put("system.replicas", replicas.to_string());
    put("system.splits", splits.join(" "));
    put("system.schedule", schedule.clone());
    put("system.micro_batch", micro_batch.to_string());
    put("system.gradient_accumulation", gradient_accumulation.to_string());
    put("system.recomputation", recomputation.clone());
    put("system.precision", precision.clone());
    settings.extend(overlapped("system.", *overlap));
    settings.extend(framework(decided.unwrap_or(Framework::TRAINING)));
    settings
}

fn sections(model: &ModelSection, machine: &MachineSection) -> Settings {
    Settings::from([
        ("network".to_owned(), named(&model.name, &model.overrides)),
        ("machine".to_owned(), named(&machine.name, &machine.overrides)),
    ])
}

/// A name, and what was changed of it.
fn named(name: &str, overrides: &[String]) -> String {
    let mut words = vec![name];
    words.extend(overrides.iter().map(String::as_str));
    words.join(" ")
}

fn overlapped(prefix: &str, overlap: Option<OverlapSection>) -> Settings {
    let section = overlap.and_then(|overlap| serde_json::to_value(overlap).ok());
    let Some(Value::Object(fields)) = section else {
        return Settings::new();
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (format!("{prefix}{key}"), text(value)))
        .collect()
}

/// What the framework decides.
fn framework(decided: Framework) -> Settings {
    framework_choices(decided)
        .iter()
        .filter_map(|(key, choice)| Some((format!("framework.{key}"), choice.as_str()?.to_owned())))
        .collect()
}

/// What differs between the settings of two runs, in the order of the keys.
pub fn differing(a: &Settings, b: &Settings) -> Vec<SettingDifference> {
    let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
    let mut differences: Vec<SettingDifference> = keys
        .filter(|key| a.get(*key) != b.get(*key))
        .map(|key| SettingDifference {
            key: key.clone(),
            a: a.get(key).cloned(),
            b: b.get(key).cloned(),
        })
        .collect();
    differences.sort_by(|one, other| one.key.cmp(&other.key));
    differences
}
