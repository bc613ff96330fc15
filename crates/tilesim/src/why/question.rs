//! Which counterfactuals are asked: settings exchanged one by one and as wholes, and numbers of the machine that bear on what differs.

use tilesim_difference::{Changed, Difference, NotSimulated, SettingDifference};
use tilesim_sim::Cause;

use super::{
    settings::specification,
    subject::{Change, WhySubject},
};
use crate::Setting;

/// Causes for which a number of the machine is asked about.
const PROBED_CAUSES: usize = 3;

/// What is asked.
pub(super) struct Question {
    /// In words.
    pub(super) what: String,
    /// Whose run is changed.
    pub(super) changed: Changed,
    /// How.
    pub(super) changes: Vec<Change>,
}

/// A subject and its name.
type Named<'a> = (&'a WhySubject, &'a str);

/// Letters that the name of a run may have in a question.
const SHORT: usize = 24;

/// What is asked about a difference, and what cannot be.
pub(super) fn questions(
    a: &WhySubject,
    b: &WhySubject,
    difference: &Difference,
) -> (Vec<Question>, Vec<NotSimulated>) {
    let (label_a, label_b) = (&difference.a.label, &difference.b.label);
    let (a, b) = if label_a != label_b && label_a.len().max(label_b.len()) <= SHORT {
        ((a, label_a.as_str()), (b, label_b.as_str()))
    } else {
        ((a, "the first"), (b, "the second"))
    };
    let mut not_simulated = Vec::new();
    let mut questions = Vec::new();
    if b.0.is_read() {
        not_simulated.push(NotSimulated {
            what: format!("{} with settings of {}", b.1, a.1),
            reason: format!("{} is a result that was read: it cannot be run otherwise", b.1),
        });
    } else {
        questions.extend(wholes(a, b, difference, &mut not_simulated));
        questions.extend(singles(b.1, difference, &mut not_simulated));
    }
    match [a, b].into_iter().find(|(subject, _)| subject.is_read()) {
        Some((_, label)) => not_simulated.push(NotSimulated {
            what: "both with other numbers of the machine".to_owned(),
            reason: format!("{label} is a result that was read: it cannot be run otherwise"),
        }),
        None => questions.extend(probes(b.0, difference)),
    }
    (questions, not_simulated)
}

/// Settings that stand for many, or follow from others.
const WHOLES: [&str; 4] = ["network", "machine", "system", "chips"];

/// Machine and network as wholes, where they differ in more than one setting, and not alone.
fn wholes(
    (a, label_a): Named<'_>,
    (b, label_b): Named<'_>,
    difference: &Difference,
    not_simulated: &mut Vec<NotSimulated>,
) -> Vec<Question> {
    let differs = |key: &str| difference.settings.iter().any(|setting| setting.key == key);
    let own = |setting: &&SettingDifference| !WHOLES.contains(&setting.key.as_str());
    let of_machine = |setting: &&SettingDifference| setting.key.starts_with("machine.");
    let of_network = |setting: &&SettingDifference| is_of_network(b, &setting.key);
    let (all, machine, network) = (
        difference.settings.iter().filter(own).count(),
        difference.settings.iter().filter(own).filter(of_machine).count(),
        difference.settings.iter().filter(own).filter(of_network).count(),
    );
    let mut questions = Vec::new();
    let mut ask = |what: String, change: Option<Change>, record: &str| match change {
        Some(change) => questions.push(Question {
            what,
            changed: Changed::B,
            changes: vec![change],
        }),
        None => not_simulated.push(NotSimulated {
            what,
            reason: format!("the result of {label_a} names its {record}, and not all that it is"),
        }),
    };
    // Alone it would be the other run; in one setting, that setting.
    if differs("machine") && machine != 1 && (machine < all || differs("network")) {
        let change = a.machine().cloned().map(Change::Machine);
        ask(
            format!("with the machine of {label_a} in {label_b}"),
            change,
            "machine",
        );
    }
    if differs("network") && network != 1 && network < all {
        let change = a.network().cloned().map(Change::Network);
        ask(
            format!("with the network of {label_a} in {label_b}"),
            change,
            "network",
        );
    }
    questions
}

fn is_of_network(subject: &WhySubject, key: &str) -> bool {
    specification(subject).is_some_and(|spec| spec.keys().iter().any(|known| known == key))
}

/// Every setting of the first run in the second, one by one, where more than one differs.
fn singles(label_b: &str, difference: &Difference, not_simulated: &mut Vec<NotSimulated>) -> Vec<Question> {
    let is_single = |setting: &&SettingDifference| !WHOLES.contains(&setting.key.as_str());
    let single: Vec<&SettingDifference> = difference.settings.iter().filter(is_single).collect();
    let others = difference.settings.len() - single.len();
    // The network or the machine as a whole may differ in what is no setting.
    if single.len() < 2 && others < 2 {
        return Vec::new();
    }
    let mut questions = Vec::new();
    for setting in single {
        match &setting.a {
            Some(value) => questions.push(Question {
                what: format!("with {}={value} in {label_b}", setting.key),
                changed: Changed::B,
                changes: vec![Change::Set(Setting::new(&setting.key, value))],
            }),
            None => not_simulated.push(NotSimulated {
                what: format!("{label_b} without {}", setting.key),
                reason: "the first run has no such setting".to_owned(),
            }),
        }
    }
    questions
}

/// How a number of the machine is changed.
enum Step {
    Doubled,
    Halved,
    Quartered,
}

/// The number of a machine that bears on a cause, and how it is changed.
fn probe(cause: &str, in_floats: bool) -> Option<(&'static str, Step)> {
    let cause = Cause::ALL.into_iter().find(|of| of.name() == cause)?;
    match cause {
        Cause::Ideal | Cause::DotProductFill if in_floats => {
            Some(("weights_per_conv_unit_f32", Step::Quartered))
        }
        Cause::Ideal | Cause::DotProductFill => Some(("weights_per_conv_unit_f16", Step::Quartered)),
        Cause::KernelOverhead => Some(("weight_load_bytes_per_cycle", Step::Doubled)),
        Cause::VectorWork => Some(("data_path_bytes", Step::Doubled)),
        Cause::Rearrangement => Some(("memcpy_bytes_per_cycle", Step::Doubled)),
        Cause::Exchange => Some(("exchange_bytes_per_cycle", Step::Doubled)),
        Cause::Sync => Some(("sync_cycles", Step::Halved)),
        Cause::Host => Some(("host_bytes_per_second", Step::Doubled)),
        Cause::TileImbalance | Cause::Link | Cause::Bubble => None,
    }
}

/// Both runs with another number of the machine, for the causes that differ most.
fn probes(b: &WhySubject, difference: &Difference) -> Vec<Question> {
    let Some(machine) = b.machine() else {
        return Vec::new();
    };
    let in_floats = match b {
        WhySubject::Simulation(simulation) => simulation.number_formats() == crate::Precision::F32F32,
        _ => false,
    };
    let values = machine.values();
    let mut asked: Vec<Question> = Vec::new();
    let mut keys = Vec::new();
    let causes = difference
        .tree
        .iter()
        .filter_map(|cause| probe(&cause.name, in_floats));
    for (key, step) in causes {
        let setting = format!("machine.{key}");
        if keys.contains(&key) || difference.settings.iter().any(|differs| differs.key == setting) {
            continue;
        }
        let value = values.iter().find(|value| value.key == key);
        let Some(value) = value.and_then(|value| value.value.parse::<u64>().ok()) else {
            continue;
        };
        let value = match step {
            Step::Doubled => value.saturating_mul(2),
            Step::Halved => value / 2,
            Step::Quartered => value / 4,
        };
        if value == 0 {
            continue;
        }
        keys.push(key);
        asked.push(Question {
            what: format!("with {setting}={value} in both"),
            changed: Changed::Both,
            changes: vec![Change::Set(Setting::new(&setting, value))],
        });
        if asked.len() == PROBED_CAUSES {
            break;
        }
    }
    asked
}
