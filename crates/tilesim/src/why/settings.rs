//! What was set differently: what results record, and of what can be run, every setting.

use tilesim_difference::{SettingDifference, Settings, differing as differing_settings, of_run, of_update};
use tilesim_models::ModelSpec;

use super::subject::{Answer, WhySubject};
use crate::network::{Definition, Network};

/// What differs between two runs. Numbers of machines and settings of networks are known of what can be run.
pub(super) fn differing(
    (a, answer_a): (&WhySubject, &Answer),
    (b, answer_b): (&WhySubject, &Answer),
) -> Vec<SettingDifference> {
    let (mut in_a, mut in_b) = (recorded(answer_a), recorded(answer_b));
    let (mut more_a, mut more_b) = (stated(a), stated(b));
    // Settings of one name mean the same within a family.
    if let (Some(spec_a), Some(spec_b)) = (specification(a), specification(b))
        && spec_a.family() == spec_b.family()
    {
        more_a.extend(settings_of(spec_a));
        more_b.extend(settings_of(spec_b));
    }
    // Of what only one of them states there is nothing to compare.
    more_a.retain(|key, _| more_b.contains_key(key));
    more_b.retain(|key, _| more_a.contains_key(key));
    in_a.extend(more_a);
    in_b.extend(more_b);
    differing_settings(&in_a, &in_b)
}

/// The specification of its network, where it can be run and has one.
pub(super) fn specification(subject: &WhySubject) -> Option<&ModelSpec> {
    match subject.network().map(Network::definition) {
        Some(Definition::Spec(spec)) => Some(spec),
        _ => None,
    }
}

fn settings_of(spec: &ModelSpec) -> impl Iterator<Item = (String, String)> {
    spec.values().into_iter().filter(|(key, _)| key != "description")
}

fn recorded(answer: &Answer) -> Settings {
    match answer {
        Answer::Run(result) => of_run(result),
        Answer::Update(result) => of_update(result),
    }
}

/// Every number of machine and system of what can be run.
fn stated(subject: &WhySubject) -> Settings {
    let mut settings = Settings::new();
    if let Some(machine) = subject.machine() {
        let values = machine.values().into_iter();
        settings.extend(values.map(|value| (format!("machine.{}", value.key), value.value)));
    }
    if let WhySubject::Training(training) = subject {
        let values = training.system_settings().into_iter();
        settings.extend(values.map(|(key, value)| (format!("system.{key}"), value)));
    }
    settings
}
