//! What the figures say, in sentences that are computed from them.

use tilesim_sim::Cause;

use super::labels;
use crate::{
    RunResult,
    render::{
        host_sentence,
        units::{bytes, count, percent, significant},
    },
};

/// Differences below this share are no difference.
const NOTICEABLE: f64 = 0.02;

/// Sentences that compare every run with the first.
pub fn reading(results: &[RunResult]) -> Vec<String> {
    let names = labels(results);
    let Some((base, others)) = results.split_first() else {
        return Vec::new();
    };
    let mut sentences = Vec::new();
    for (other, name) in others.iter().zip(&names[1..]) {
        sentences.push(theory_and_practice(base, &names[0], other, name));
        sentences.extend(causes(base, &names[0], other, name));
        sentences.extend(intensity(base, other, name));
    }
    let runs = || results.iter().zip(&names);
    sentences.extend(runs().filter_map(|(run, name)| Some(format!("{name}: {}.", host_sentence(run)?))));
    sentences.extend(runs().filter_map(|(run, name)| does_not_fit(run, name)));
    sentences
}

/// Sentences on a single run.
pub fn run_reading(run: &RunResult) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(losses(run));
    sentences.extend(dearest_kind(run));
    sentences.extend(roofline(run));
    sentences.extend(host_sentence(run).map(|sentence| format!("{}.", capitalised(&sentence))));
    sentences.extend(does_not_fit(run, &run.model.name));
    sentences
}

fn theory_and_practice(base: &RunResult, base_name: &str, other: &RunResult, name: &str) -> String {
    let macs = other.theoretical.macs as f64 / base.theoretical.macs as f64;
    let cycles = other.cycles_per_image() / base.cycles_per_image();
    let per_mac = cycles / macs;
    let verdict = if !per_mac.is_finite() {
        "there is nothing to relate".to_owned()
    } else if per_mac < 1.0 - NOTICEABLE {
        format!(
            "a multiply-accumulate costs {} fewer cycles",
            percent(1.0 - per_mac)
        )
    } else if per_mac > 1.0 + NOTICEABLE {
        format!(
            "a multiply-accumulate costs {} more cycles",
            percent(per_mac - 1.0)
        )
    } else {
        "cycles follow the multiply-accumulates".to_owned()
    };
    format!(
        "{name} does {}× the multiply-accumulates of {base_name} in {}× the cycles per image: {verdict}, with {} of a dot \
         product filled against {}.",
        significant(macs),
        significant(cycles),
        percent(other.utilisation.dot_product_fill),
        percent(base.utilisation.dot_product_fill),
    )
}

/// The causes that shrank and grew most, in cycles per image.
fn causes(base: &RunResult, base_name: &str, other: &RunResult, name: &str) -> Option<String> {
    let change = |cause: Cause| {
        other.per_image(other.cycles_by_cause.get(cause)) - base.per_image(base.cycles_by_cause.get(cause))
    };
    let changes = Cause::ALL.map(|cause| (cause, change(cause)));
    let least = base.cycles_per_image() * NOTICEABLE;
    let shrunk = changes
        .iter()
        .filter(|(_, change)| *change < -least)
        .min_by(|a, b| a.1.total_cmp(&b.1));
    let grown = changes
        .iter()
        .filter(|(_, change)| *change > least)
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let spent = |(cause, change): &(Cause, f64), direction: &str| {
        let cause = match cause {
            Cause::Ideal => "useful multiply-accumulates",
            other => spelled(*other),
        };
        format!("{} {direction} on {cause}", count(change.abs()))
    };
    let parts: Vec<String> = shrunk
        .map(|entry| spent(entry, "fewer"))
        .into_iter()
        .chain(grown.map(|entry| spent(entry, "more")))
        .collect();
    (!parts.is_empty()).then(|| {
        format!(
            "Cycles per image, {name} against {base_name}: {}.",
            parts.join(", ")
        )
    })
}

fn intensity(base: &RunResult, other: &RunResult, name: &str) -> Option<String> {
    let sram = (
        other.traffic.flops_per_sram_byte?,
        base.traffic.flops_per_sram_byte?,
    );
    let exchange = (
        other.traffic.flops_per_exchange_byte?,
        base.traffic.flops_per_exchange_byte?,
    );
    Some(format!(
        "For each byte of SRAM traffic {name} does {} FLOPs against {}, for each byte exchanged {} against {}.",
        significant(sram.0),
        significant(sram.1),
        significant(exchange.0),
        significant(exchange.1),
    ))
}

fn losses(run: &RunResult) -> Option<String> {
    let total = run.time.cycles;
    let mut losses: Vec<(Cause, u64)> = run
        .cycles_by_cause
        .iter()
        .filter(|&(cause, cycles)| cause != Cause::Ideal && cycles > 0)
        .collect();
    losses.sort_by_key(|&(_, cycles)| std::cmp::Reverse(cycles));
    let (first, rest) = losses.split_first()?;
    let share = |cycles: u64| percent(cycles as f64 / total as f64);
    let then = rest
        .first()
        .map(|(cause, cycles)| format!(", then {} ({})", spelled(*cause), share(*cycles)));
    Some(format!(
        "Useful multiply-accumulates at the peak rate would take {} of the cycles; most of the rest is {} ({}){}.",
        share(run.cycles_by_cause.ideal),
        spelled(first.0),
        share(first.1),
        then.unwrap_or_default(),
    ))
}

/// The kind of layer whose share of the cycles exceeds its share of the multiply-accumulates most.
fn dearest_kind(run: &RunResult) -> Option<String> {
    let macs: f64 = run.layer_kinds.iter().map(|kind| kind.macs as f64).sum();
    if macs <= 0.0 || run.time.cycles == 0 {
        return None;
    }
    let shares = |kind: &crate::LayerKindResult| {
        (
            kind.cycles as f64 / run.time.cycles as f64,
            kind.macs as f64 / macs,
        )
    };
    let dearest = run.layer_kinds.iter().max_by(|a, b| {
        let excess = |kind| {
            let (cycles, macs) = shares(kind);
            cycles - macs
        };
        excess(a).total_cmp(&excess(b))
    })?;
    let (cycles_share, macs_share) = shares(dearest);
    (cycles_share > macs_share).then(|| {
        format!(
            "Layers of kind {} hold {} of the multiply-accumulates and take {} of the cycles.",
            dearest.kind.name(),
            percent(macs_share),
            percent(cycles_share),
        )
    })
}

fn roofline(run: &RunResult) -> Option<String> {
    let bounds = [
        ("compute", run.bounds.compute_cycles),
        ("SRAM", run.bounds.sram_cycles),
        ("exchange", run.bounds.exchange_cycles),
        ("host", run.bounds.host_cycles),
    ];
    let (name, bound) = bounds
        .into_iter()
        .max_by_key(|&(_, cycles)| cycles)
        .filter(|&(_, cycles)| cycles > 0)?;
    Some(format!(
        "Its {name} roofline is the highest: {} cycles at least; the run takes {}× that.",
        count(bound as f64),
        significant(run.time.cycles as f64 / bound as f64),
    ))
}

fn does_not_fit(run: &RunResult, name: &str) -> Option<String> {
    let memory = &run.memory;
    if memory.fits {
        return None;
    }
    let largest = memory
        .residents
        .first()
        .map(|resident| format!("; the most, {}, is {}", bytes(resident.bytes), resident.name));
    let change = memory.suggestions.first().map(|suggestion| {
        format!(
            ". {} is estimated to save {}",
            capitalised(&suggestion.change),
            bytes(suggestion.saved_bytes)
        )
    });
    Some(format!(
        "{name} does not fit: tile {} needs {} of its {} at step `{}`{}{}.",
        memory.peak_tile,
        bytes(memory.peak_bytes),
        bytes(memory.tile_bytes),
        memory.peak_step,
        largest.unwrap_or_default(),
        change.unwrap_or_default(),
    ))
}

/// The cause in words, as tables head their rows.
pub fn spelled(cause: Cause) -> &'static str {
    match cause {
        Cause::Ideal => "ideal",
        Cause::DotProductFill => "dot-product fill",
        Cause::KernelOverhead => "kernel overhead",
        Cause::TileImbalance => "tile imbalance",
        Cause::VectorWork => "vector work",
        Cause::Rearrangement => "rearrangement",
        Cause::Exchange => "exchange",
        Cause::Link => "links",
        Cause::Sync => "sync",
        Cause::Host => "host",
        Cause::Bubble => "pipeline bubble",
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
