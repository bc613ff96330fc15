//! A difference in about ten lines.

use std::collections::BTreeMap;

use tilesim_report::{
    render::{Palette, Role, section, wrapped},
    spelled,
};
use tilesim_sim::Cause;

use crate::{Node, NodeKind, Why, reading::signed};

/// Causes below this share of all that changes are told together.
const WORTH_A_LINE: f64 = 0.03;

/// The answer as text: a sentence, the causes with where they come from and their sum, and what was simulated besides. The column of
/// cycles sums to its last line.
pub fn render(why: &Why, palette: &Palette) -> String {
    let difference = &why.difference;
    let (headline, rest) = why
        .reading
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut text = wrapped(headline, "", palette.width());
    let mut lines = cause_lines(&difference.tree);
    if !lines.is_empty() {
        lines.push((difference.difference_cycles, "in all".to_owned(), String::new()));
        text += &section("Where they come from", palette);
        text += &table(&lines, palette);
    }
    if !rest.is_empty() {
        text += &section("What goes with it", palette);
        for sentence in rest {
            text += &wrapped(sentence, "• ", palette.width());
        }
    }
    text
}

/// Cycles, the cause, and where they come from.
type Line = (i64, String, String);

fn cause_lines(causes: &[Node]) -> Vec<Line> {
    let all: f64 = causes
        .iter()
        .map(|cause| cause.cycles.unsigned_abs() as f64)
        .sum();
    let is_small = |cause: &&Node| (cause.cycles.unsigned_abs() as f64) < WORTH_A_LINE * all;
    let (small, large): (Vec<&Node>, Vec<&Node>) = causes.iter().partition(is_small);
    let mut lines: Vec<Line> = large
        .into_iter()
        .map(|cause| (cause.cycles, spelled_name(&cause.name), origin(cause)))
        .collect();
    if !small.is_empty() {
        let names: Vec<String> = small.iter().map(|cause| spelled_name(&cause.name)).collect();
        // Parts of a sum that is counted in as many bits.
        let cycles = small
            .iter()
            .fold(0_i64, |sum, cause| sum.saturating_add(cause.cycles));
        lines.push((cycles, "the rest".to_owned(), names.join(", ")));
    }
    lines
}

fn spelled_name(name: &str) -> String {
    let cause = Cause::ALL.into_iter().find(|cause| cause.name() == name);
    cause.map_or_else(|| name.to_owned(), |cause| spelled(cause).to_owned())
}

/// The kind of layer from which most of a cause comes, and the decision to which most of that goes back.
fn origin(cause: &Node) -> String {
    let Some(kind) = cause.children.first() else {
        return String::new();
    };
    let mut decisions: BTreeMap<String, i128> = BTreeMap::new();
    for leaf in kind.children.iter().flat_map(|layer| &layer.children) {
        *decisions.entry(decision(leaf)).or_default() += i128::from(leaf.cycles);
    }
    let most = decisions
        .into_iter()
        .max_by_key(|(name, cycles)| (cycles.unsigned_abs(), std::cmp::Reverse(name.clone())));
    let most = most.map_or_else(String::new, |(name, _)| format!(": {name}"));
    if kind.cycles == cause.cycles {
        format!("{}{most}", kind.name)
    } else {
        format!("{} {}{most}", kind.name, signed(kind.cycles))
    }
}

/// What a leaf goes back to, so that leaves of several layers are of one.
fn decision(leaf: &Node) -> String {
    match leaf.kind {
        NodeKind::Grouping => format!("blocks {}", leaf.name),
        NodeKind::Split => "cut otherwise".to_owned(),
        NodeKind::Layout => "operands lie otherwise".to_owned(),
        NodeKind::Work => "other work".to_owned(),
        NodeKind::Stage => "another stage".to_owned(),
        _ => leaf.name.clone(),
    }
}

fn table(lines: &[Line], palette: &Palette) -> String {
    let width = |column: fn(&Line) -> String| {
        let widths = lines.iter().map(|line| column(line).chars().count());
        widths.max().unwrap_or(0)
    };
    let figures = width(|line| signed(line.0));
    let causes = width(|line| line.1.clone());
    let mut text = String::new();
    for (cycles, cause, origin) in lines {
        let padding = " ".repeat(figures - signed(*cycles).chars().count());
        let role = match cycles.signum() {
            -1 => Role::Good,
            0 => Role::Plain,
            _ => Role::Bad,
        };
        let cause = format!("{cause:causes$}  ");
        // Where it comes from is broken below itself.
        let indent = " ".repeat(4 + figures + causes + 2);
        let origin = wrapped(origin, &indent, palette.width());
        let told = [&cause, origin.get(indent.len()..).unwrap_or_default()].concat();
        let parts = [
            "  ",
            &padding,
            &palette.paint(role, &signed(*cycles)),
            "  ",
            told.trim_end(),
            "\n",
        ];
        text += &parts.concat();
    }
    text
}
