//! Which measurements on real chips are nearest to a run, and what their errors say of it.

use tilesim_terms::LayerKind;

use crate::{
    LayerKindResult, MachineSection, ModelSection, RunResult, RunSection, SiliconErrors, SiliconGroup,
    SiliconKind,
};

/// What tells how near a group is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    model: &'a ModelSection,
    machine: &'a MachineSection,
    precision: &'a str,
    host: &'static str,
    kind: SiliconKind,
    /// Whether the framework decides something that is not usual.
    unusual_framework: bool,
    /// Whether plans are not the vendor's, whose machines were measured.
    unusual_planning: bool,
    /// Whether convolutions may take another share of memory than the usual.
    unusual_memory: bool,
}

/// The share of tile memory that convolutions of the measurements may take, where nothing else is said of them.
const USUAL_MEMORY_PROPORTION: f64 = 0.6;

impl<'a> Asked<'a> {
    /// What a result was asked for: a matrix product where nothing but fully connected layers multiplies, a network otherwise.
    pub(crate) fn new(
        model: &'a ModelSection,
        machine: &'a MachineSection,
        run: &'a RunSection,
        layer_kinds: &[LayerKindResult],
    ) -> Self {
        let mut multiplying = layer_kinds.iter().filter(|of| of.macs > 0).peekable();
        let dense =
            multiplying.peek().is_some() && multiplying.all(|of| of.kind == LayerKind::FullyConnected);
        Self {
            model,
            machine,
            precision: &run.precision,
            host: match (run.host_io, run.overlap) {
                (false, _) => "on_chip",
                (true, None) => "serial",
                (true, Some(_)) => "overlapped",
            },
            kind: if dense {
                SiliconKind::MatrixProducts
            } else {
                SiliconKind::Inference
            },
            unusual_framework: run.framework.is_some(),
            unusual_planning: !run.planning.is_usual(),
            unusual_memory: (run.available_memory_proportion - USUAL_MEMORY_PROPORTION).abs() > f64::EPSILON,
        }
    }

    fn of(result: &'a RunResult) -> Self {
        Self::new(&result.model, &result.machine, &result.run, &result.layer_kinds)
    }

    /// In what a group differs from what is asked, the weightiest first.
    fn differences(&self, group: &SiliconGroup) -> Vec<&'static str> {
        let named = |names: &[String], name: &str, overrides: &[String]| {
            overrides.is_empty() && names.iter().any(|other| other == name)
        };
        let differs = [
            (
                "precision",
                group
                    .key
                    .precision
                    .as_ref()
                    .is_some_and(|precision| *precision != self.precision),
            ),
            (
                "where the data are",
                group.key.host.as_ref().is_some_and(|host| host != self.host),
            ),
            (
                "network",
                !group.models.is_empty() && !named(&group.models, &self.model.name, &self.model.overrides),
            ),
            (
                "machine",
                !named(&group.machines, &self.machine.name, &self.machine.overrides),
            ),
            ("framework", self.unusual_framework),
            ("planning", self.unusual_planning),
            ("available memory", self.unusual_memory),
        ];
        let differs = differs.into_iter().filter(|(_, differs)| *differs);
        differs.map(|(what, _)| what).collect()
    }
}

/// Of the groups of what is asked, the one that differs from it in least, and that of the largest batches.
pub(crate) fn nearest(errors: &SiliconErrors, asked: Asked<'_>) -> Vec<SiliconGroup> {
    // A difference in precision outweighs all others, and so on.
    let weights = ["machine", "network", "where the data are", "precision"];
    let distance = |group: &SiliconGroup| -> u32 {
        let differences = asked.differences(group);
        let weight = |what: &&str| {
            weights
                .iter()
                .position(|other| other == what)
                .map_or(0, |at| 1 << at)
        };
        differences.iter().map(weight).sum()
    };
    let of_kind = errors
        .groups
        .iter()
        .filter(|group| group.key.kind == asked.kind && !group.key.is_whole());
    let capacity = errors
        .groups
        .iter()
        .find(|group| group.key.kind == SiliconKind::Capacity);
    of_kind
        .min_by_key(|group| distance(group))
        .into_iter()
        .chain(capacity)
        .cloned()
        .collect()
}

/// The errors of the measurements that are nearest to a run, in a sentence; `None` where it states none.
pub(crate) fn sentence(result: &RunResult) -> Option<String> {
    let asked = Asked::of(result);
    let nearest = result
        .silicon
        .iter()
        .find(|group| group.key.kind != SiliconKind::Capacity)?;
    let differences = asked.differences(nearest);
    let differs = match differences.as_slice() {
        [] => "as here".to_owned(),
        [only] => format!("which differs from this in {}", with_article(only)),
        [first @ .., last] => format!(
            "which differs from this in {} and {}",
            first
                .iter()
                .map(|what| with_article(what))
                .collect::<Vec<_>>()
                .join(", "),
            with_article(last)
        ),
    };
    let capacity = result
        .silicon
        .iter()
        .find(|group| group.key.kind == SiliconKind::Capacity && result.memory.largest_batch.is_some());
    let of_capacity = capacity.map_or_else(String::new, |capacity| {
        let errors = errors(capacity);
        format!(" Largest batches against those that were run, which are lower bounds: {errors}.")
    });
    Some(format!(
        "On real chips, nearest to this: {}, {differs}: {}.{of_capacity}",
        described(nearest),
        errors(nearest)
    ))
}

fn with_article(what: &str) -> String {
    if what.starts_with("where") {
        what.to_owned()
    } else {
        format!("the {what}")
    }
}

/// `inference, data on the chip, 16.16 (resnet50 on c600)`.
fn described(group: &SiliconGroup) -> String {
    let machines = group.machines.join(", ");
    if group.models.is_empty() {
        format!("{} (on {machines})", group.key.words())
    } else {
        format!(
            "{} ({} on {machines})",
            group.key.words(),
            group.models.join(", ")
        )
    }
}

fn errors(group: &SiliconGroup) -> String {
    format!(
        "median error {:.1} % of {} rows, {:.1} % at worst",
        group.median_abs_error_percent, group.rows, group.worst_abs_error_percent
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SiliconGroupKey;

    fn group(kind: SiliconKind, host: Option<&str>, precision: &str, machine: &str) -> SiliconGroup {
        let key = SiliconGroupKey {
            kind,
            host: host.map(str::to_owned),
            precision: Some(precision.to_owned()),
        };
        let models = if host.is_some() {
            vec!["resnet50".to_owned()]
        } else {
            Vec::new()
        };
        SiliconGroup::of(key, vec![machine.to_owned()], models, &[Some(0.01)]).expect("a row")
    }

    fn errors() -> SiliconErrors {
        let groups = vec![
            group(SiliconKind::MatrixProducts, None, "16.16", "bow"),
            group(SiliconKind::MatrixProducts, None, "32.32", "bow"),
            group(SiliconKind::Inference, Some("on_chip"), "16.16", "c600"),
            group(SiliconKind::Inference, Some("overlapped"), "16.16", "c600"),
            group(SiliconKind::Inference, Some("overlapped"), "32.32", "c600"),
        ];
        SiliconErrors {
            groups,
            curves: Vec::new(),
        }
    }

    fn resnet50() -> ModelSection {
        ModelSection {
            name: "resnet50".to_owned(),
            overrides: Vec::new(),
        }
    }

    fn machine(name: &str) -> MachineSection {
        MachineSection {
            name: name.to_owned(),
            overrides: Vec::new(),
            tiles: 1,
            clock_hz: 1,
            peak_macs_per_cycle: 1,
        }
    }

    fn nearest_of(kind: SiliconKind, precision: &str, host: &'static str) -> String {
        let asked = Asked {
            model: &resnet50(),
            machine: &machine("mk2"),
            precision,
            host,
            kind,
            unusual_framework: false,
            unusual_planning: false,
            unusual_memory: false,
        };
        nearest(&errors(), asked)[0].group.clone()
    }

    #[test]
    fn what_no_measurement_had_is_a_difference() {
        let asked = Asked {
            model: &resnet50(),
            machine: &machine("c600"),
            precision: "16.16",
            host: "on_chip",
            kind: SiliconKind::Inference,
            unusual_framework: false,
            unusual_planning: false,
            unusual_memory: false,
        };
        let found = &nearest(&errors(), asked)[0];
        assert!(asked.differences(found).is_empty());
        let unusual = Asked {
            unusual_framework: true,
            unusual_planning: false,
            unusual_memory: true,
            ..asked
        };
        assert_eq!(unusual.differences(found), ["framework", "available memory"]);
    }

    #[test]
    fn precision_comes_before_where_the_data_are() {
        assert_eq!(
            nearest_of(SiliconKind::Inference, "16.16", "on_chip"),
            "inference on_chip 16.16"
        );
        assert_eq!(
            nearest_of(SiliconKind::Inference, "32.32", "on_chip"),
            "inference overlapped 32.32"
        );
        assert_eq!(
            nearest_of(SiliconKind::MatrixProducts, "32.32", "on_chip"),
            "matrix_products 32.32"
        );
    }
}
