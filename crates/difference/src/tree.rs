//! The difference of two runs as a tree: cause, kind of layer, layer, decision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_sim::Cause;
use tilesim_terms::Phase;

use crate::{
    Account, DifferenceError, Part, PartKind, SettingDifference,
    decision::{Decision, is_on_the_way, of_pair, of_settings, ordered},
    node_kind::NodeKind,
    sequence::Aligned,
};

/// A part of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Its name: of a cause, kind or layer that of the result's JSON, of a decision both choices.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// Cycles that the second run takes more; negative where it takes fewer.
    pub cycles: i64,
    /// What else differs here, of a decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Decision>,
    /// Its parts, the largest first; their cycles sum to its own.
    pub children: Vec<Node>,
}

impl Node {
    fn leaf(mut decisions: Vec<Decision>, cycles: i64) -> Self {
        if decisions.is_empty() {
            decisions.push(Decision::new(
                NodeKind::NotRecorded,
                "nothing that results record",
            ));
        }
        let Decision { kind, name } = decisions.remove(0);
        Self {
            name,
            kind,
            cycles,
            also: decisions,
            children: Vec::new(),
        }
    }

    fn of(name: String, kind: NodeKind, mut children: Vec<Self>) -> Result<Self, i128> {
        children.sort_by_key(|child| std::cmp::Reverse(child.cycles.unsigned_abs()));
        let sum: i128 = children.iter().map(|child| i128::from(child.cycles)).sum();
        Ok(Self {
            name,
            kind,
            cycles: i64::try_from(sum).map_err(|_| sum)?,
            also: Vec::new(),
            children,
        })
    }
}

/// A pair of layers, or one alone.
struct Pair<'a> {
    name: String,
    kind: PartKind,
    a: Option<&'a Part>,
    b: Option<&'a Part>,
    decisions: Vec<Decision>,
}

/// Takes the difference of two accounts apart; each of their cycles counts so many `times`, so that both are of `images` images. The sum of
/// the causes is the difference.
pub(crate) fn tree(
    (a, times_a): (&Account, u64),
    (b, times_b): (&Account, u64),
    places: &[Aligned],
    settings: &[SettingDifference],
    images: u64,
) -> Result<Vec<Node>, DifferenceError> {
    let pairs = pairs(a, b, places, settings);
    let too_large = |cycles: i128| DifferenceError::TooLarge {
        cycles,
        images,
        most: i64::MAX,
    };
    let more = |in_a: Option<i128>, in_b: Option<i128>| {
        let cycles = in_b
            .unwrap_or(0)
            .checked_mul(i128::from(times_b))
            .zip(in_a.unwrap_or(0).checked_mul(i128::from(times_a)))
            .and_then(|(in_b, in_a)| in_b.checked_sub(in_a))
            .unwrap_or(i128::MAX);
        i64::try_from(cycles).map_err(|_| too_large(cycles))
    };
    let mut causes = Vec::new();
    for cause in Cause::ALL {
        let mut kinds: Vec<(PartKind, Vec<Node>)> = Vec::new();
        for pair in &pairs {
            let cycles = more(
                pair.a.map(|part| part.cycles.get(cause)),
                pair.b.map(|part| part.cycles.get(cause)),
            )?;
            if cycles == 0 {
                continue;
            }
            let leaf = Node::leaf(ordered(cause, pair.decisions.clone()), cycles);
            let layer = Node::of(pair.name.clone(), NodeKind::Layer, vec![leaf]).map_err(too_large)?;
            match kinds.iter_mut().find(|(kind, _)| *kind == pair.kind) {
                Some((_, layers)) => layers.push(layer),
                None => kinds.push((pair.kind, vec![layer])),
            }
        }
        kinds.sort_by_key(|(kind, _)| *kind);
        let mut children = kinds
            .into_iter()
            .map(|(kind, layers)| Node::of(kind.name().to_owned(), NodeKind::LayerKind, layers))
            .collect::<Result<Vec<_>, _>>()
            .map_err(too_large)?;
        let rounding = more(Some(a.rounding.get(cause)), Some(b.rounding.get(cause)))?;
        if rounding != 0 {
            let decision = Decision::new(NodeKind::Rounding, "rounding to whole cycles");
            children.push(Node::leaf(vec![decision], rounding));
        }
        if !children.is_empty() {
            causes.push(Node::of(cause.name().to_owned(), NodeKind::Cause, children).map_err(too_large)?);
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.cycles.unsigned_abs()));
    Ok(causes)
}

fn pairs<'a>(
    a: &'a Account,
    b: &'a Account,
    places: &[Aligned],
    settings: &[SettingDifference],
) -> Vec<Pair<'a>> {
    let of_settings = of_settings(settings);
    let mut before: Option<(&Part, &Part)> = None;
    let mut pairs = Vec::with_capacity(places.len());
    for place in places {
        let (in_a, in_b) = match *place {
            Aligned::Both(i, j) => (Some(&a.parts[i]), Some(&b.parts[j])),
            Aligned::OnlyA(i) => (Some(&a.parts[i]), None),
            Aligned::OnlyB(j) => (None, Some(&b.parts[j])),
        };
        let (name, kind, decisions) = match (in_a, in_b) {
            (Some(in_a), Some(in_b)) => {
                if before.is_some_and(|(last, _)| last.phase != in_a.phase) {
                    before = None;
                }
                let mut decisions = of_pair(in_a, in_b, before);
                decisions.extend(of_settings.iter().cloned());
                if is_on_the_way(in_a) && is_on_the_way(in_b) {
                    before = Some((in_a, in_b));
                }
                let name = if in_a.name == in_b.name {
                    titled(in_a)
                } else {
                    format!("{} → {}", titled(in_a), titled(in_b))
                };
                (name, in_b.kind, decisions)
            }
            (Some(alone), None) => (
                titled(alone),
                alone.kind,
                vec![Decision::new(NodeKind::Removed, "only in the first")],
            ),
            (None, Some(alone)) => (
                titled(alone),
                alone.kind,
                vec![Decision::new(NodeKind::Inserted, "only in the second")],
            ),
            (None, None) => continue,
        };
        pairs.push(Pair {
            name,
            kind,
            a: in_a,
            b: in_b,
            decisions,
        });
    }
    pairs
}

/// The name of a part, with its phase where that is not the forward one.
fn titled(part: &Part) -> String {
    match part.phase {
        Some(phase @ (Phase::Recompute | Phase::Backward | Phase::Update)) => {
            format!("{}, {}", part.name, phase.name())
        }
        Some(Phase::Forward) | None => part.name.clone(),
    }
}
