//! The decisions in which two runs differ, as far as results record them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::render::units::significant;
use tilesim_sim::Cause;
use tilesim_terms::LayerKind;

use crate::{Part, PartKind, PlanLine, SettingDifference, node_kind::NodeKind};

/// Settings of a kind that are spelled out; of more only network or machine are named.
const SPELLED_OUT: usize = 3;

/// A decision that is another one in each run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// What is decided.
    pub kind: NodeKind,
    /// Both choices, such as `SLIC 4 chains → AMP 16 units`.
    pub name: String,
}

impl Decision {
    pub(crate) fn new(kind: NodeKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }

    fn changed(kind: NodeKind, a: &str, b: &str) -> Self {
        let some = |text: &str| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                text.to_owned()
            }
        };
        Self::new(kind, format!("{} → {}", some(a), some(b)))
    }
}

/// The decisions of a layer that has a counterpart. `before` are the layers whose plans say how its operand comes to lie.
pub(crate) fn of_pair(a: &Part, b: &Part, before: Option<(&Part, &Part)>) -> Vec<Decision> {
    let mut decisions = plans(&a.plan, &b.plan);
    if !a.works_as(b) {
        decisions.push(Decision::new(NodeKind::Work, work(a, b)));
    }
    if a.stage != b.stage {
        let stage = |part: &Part| {
            part.stage
                .map_or_else(String::new, |stage| format!("stage {stage}"))
        };
        decisions.push(Decision::changed(NodeKind::Stage, &stage(a), &stage(b)));
    }
    if let Some((before_a, before_b)) = before {
        let (line_a, line_b) = (PlanLine::of(&before_a.plan), PlanLine::of(&before_b.plan));
        if (line_a.kernel, line_a.grouping) != (line_b.kernel, line_b.grouping) {
            let rests = |line: PlanLine<'_>| format!("{} ({})", line.kernel, line.grouping);
            decisions.push(Decision::new(
                NodeKind::Layout,
                format!(
                    "as {} leaves it: {} → {}",
                    before_b.name,
                    rests(line_a),
                    rests(line_b)
                ),
            ));
        }
    }
    decisions
}

fn plans(a: &str, b: &str) -> Vec<Decision> {
    let (a, b) = (PlanLine::of(a), PlanLine::of(b));
    [
        (NodeKind::Kernel, a.kernel, b.kernel),
        (NodeKind::Grouping, a.grouping, b.grouping),
        (NodeKind::Transform, a.transforms, b.transforms),
        (NodeKind::Split, a.split, b.split),
    ]
    .into_iter()
    .filter(|(_, a, b)| a != b)
    .map(|(kind, a, b)| Decision::changed(kind, a, b))
    .collect()
}

fn work(a: &Part, b: &Part) -> String {
    match b.work_over(a) {
        Some(ratio) if ratio > 0.0 => format!("{}× the multiply-accumulates", significant(ratio)),
        Some(_) => "no multiply-accumulates any more".to_owned(),
        None => "multiply-accumulates, where there were none".to_owned(),
    }
}

/// Whether a layer's plan says how the operands of those behind it lie: squeeze-excites stand beside the way of the data.
pub(crate) fn is_on_the_way(part: &Part) -> bool {
    part.kind != PartKind::Layer(LayerKind::SqueezeExciteFc) && !part.plan.is_empty()
}

/// What is decided for whole runs: settings by kind.
pub(crate) fn of_settings(settings: &[SettingDifference]) -> Vec<Decision> {
    [
        NodeKind::Batch,
        NodeKind::Machine,
        NodeKind::Norm,
        NodeKind::Setting,
    ]
    .into_iter()
    .filter_map(|kind| {
        let of_kind: Vec<&SettingDifference> = settings
            .iter()
            .filter(|setting| setting.key != CLOCK && kind_of(&setting.key) == kind)
            .collect();
        let is_whole = |setting: &&&SettingDifference| WHOLES.contains(&setting.key.as_str());
        let (wholes, single): (Vec<&SettingDifference>, Vec<&SettingDifference>) =
            of_kind.iter().partition(|setting| is_whole(setting));
        let told = if single.is_empty() || single.len() > SPELLED_OUT && !wholes.is_empty() {
            wholes
        } else {
            single.into_iter().take(SPELLED_OUT).collect()
        };
        let names: Vec<String> = told.into_iter().map(spelled).collect();
        (!names.is_empty()).then(|| Decision::new(kind, names.join(", ")))
    })
    .collect()
}

/// Cycles do not depend on it, but for those that the host or a link takes.
const CLOCK: &str = "machine.clock_hz";

/// Settings that stand for many.
const WHOLES: [&str; 3] = ["network", "machine", "system"];

fn spelled(setting: &SettingDifference) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let key = if WHOLES.contains(&setting.key.as_str()) {
        String::new()
    } else {
        format!("{} ", setting.key)
    };
    format!("{key}{} → {}", value(&setting.a), value(&setting.b))
}

fn kind_of(key: &str) -> NodeKind {
    match key {
        "batch" | "system.micro_batch" | "system.gradient_accumulation" => NodeKind::Batch,
        "norm" | "framework.inference_norm" | "framework.norm" => NodeKind::Norm,
        "machine" => NodeKind::Machine,
        _ if key.starts_with("machine.") => NodeKind::Machine,
        _ => NodeKind::Setting,
    }
}

/// The kinds of decisions that bear on a cause, those that bear on it most first.
fn bearing(cause: Cause) -> &'static [NodeKind] {
    use NodeKind::{Batch, Grouping, Kernel, Layout, Machine, Norm, Setting, Split, Stage, Transform, Work};
    match cause {
        Cause::Ideal => &[Work, Machine, Stage, Batch, Setting, Kernel, Grouping],
        Cause::DotProductFill => &[Kernel, Grouping, Transform, Machine, Work, Split],
        Cause::KernelOverhead => &[Kernel, Grouping, Transform, Split, Machine, Work],
        Cause::TileImbalance | Cause::Sync => &[Split, Kernel, Grouping, Layout, Machine, Work],
        Cause::VectorWork => &[Norm, Work, Machine, Split, Kernel, Grouping, Batch, Setting],
        Cause::Rearrangement | Cause::Exchange => {
            &[Kernel, Grouping, Transform, Layout, Split, Machine, Work]
        }
        Cause::Link | Cause::Host | Cause::Bubble => &[Stage, Batch, Setting, Machine, Work, Split],
    }
}

/// Decisions in the order in which they bear on a cause; ones that do not, last.
pub(crate) fn ordered(cause: Cause, mut decisions: Vec<Decision>) -> Vec<Decision> {
    let order = bearing(cause);
    let rank = |decision: &Decision| {
        order
            .iter()
            .position(|kind| *kind == decision.kind)
            .unwrap_or(order.len())
    };
    decisions.sort_by_key(rank);
    decisions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(key: &str, a: &str, b: &str) -> SettingDifference {
        SettingDifference {
            key: key.to_owned(),
            a: Some(a.to_owned()),
            b: Some(b.to_owned()),
        }
    }

    #[test]
    fn a_plan_differs_in_its_parts() {
        let a = "SLIC 4 chains (4,1,1), tiles 1472 = batch 8";
        let b = "AMP 16 units (1,16,16), tiles 1472 = batch 8";
        let told = plans(a, b);
        assert_eq!(
            told[0],
            Decision::new(NodeKind::Kernel, "SLIC 4 chains → AMP 16 units")
        );
        assert_eq!(told[1], Decision::new(NodeKind::Grouping, "4,1,1 → 1,16,16"));
        assert_eq!(told.len(), 2);
        assert!(plans(a, a).is_empty());
    }

    #[test]
    fn few_settings_are_spelled_out_and_many_named_by_their_whole() {
        let mut settings = vec![
            setting("machine", "mk2", "mk2 machine.tiles=64"),
            setting("machine.tiles", "1472", "64"),
        ];
        let told = of_settings(&settings);
        assert_eq!(
            told,
            [Decision::new(NodeKind::Machine, "machine.tiles 1472 → 64")]
        );
        for key in ["a", "b", "c"] {
            settings.push(setting(&format!("machine.{key}"), "1", "2"));
        }
        assert_eq!(of_settings(&settings)[0].name, "mk2 → mk2 machine.tiles=64");
    }

    #[test]
    fn what_bears_on_a_cause_is_named_first() {
        let decisions = || {
            vec![
                Decision::new(NodeKind::Kernel, "k"),
                Decision::new(NodeKind::Work, "w"),
            ]
        };
        assert_eq!(ordered(Cause::Ideal, decisions())[0].name, "w");
        assert_eq!(ordered(Cause::Exchange, decisions())[0].name, "k");
    }
}
