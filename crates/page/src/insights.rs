//! What to change in a run, and what it would gain at most.

use serde::Serialize;
use tilesim_report::{
    LayerResult, RunResult,
    render::units::{bytes, percent},
};
use tilesim_sim::Cause;

/// Causes below this share of the cycles are not worth a change.
const WORTH_CHANGING: f64 = 0.03;
/// Layers that are named.
const NAMED_LAYERS: usize = 3;

/// A change and its gain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Insight {
    /// What it is about: a cause, or memory.
    pub subject: &'static str,
    /// What it gains at most, such as `up to 17.3 % of the cycles`.
    pub gain: String,
    /// Cycles of a batch that the cause takes; `None` where it is about memory.
    pub cycles: Option<u64>,
    /// Why, and what to change.
    pub lever: String,
    /// The layers in which the cause takes the most cycles, each with its cycles.
    pub layers: Vec<(String, u64)>,
}

/// What would change a run: the dearest cause first, memory last.
///
/// A cause's gain is bounded by what it takes today; no change removes all of it.
pub fn insights(result: &RunResult) -> Vec<Insight> {
    let mut causes: Vec<(Cause, u64)> = result
        .cycles_by_cause
        .iter()
        .filter(|&(_, cycles)| cycles as f64 > WORTH_CHANGING * result.time.cycles as f64)
        .collect();
    causes.sort_by_key(|&(cause, cycles)| (std::cmp::Reverse(cycles), cause));
    causes
        .into_iter()
        .filter_map(|(cause, cycles)| of_cause(result, cause, cycles))
        .chain(of_memory(result))
        .collect()
}

fn of_cause(result: &RunResult, cause: Cause, cycles: u64) -> Option<Insight> {
    let advice = match result.host {
        Some(host) if cause == Cause::Host && !host.binds => RESERVED,
        _ => advice(cause)?,
    };
    let total = result.time.cycles.max(1) as f64;
    Some(Insight {
        subject: cause.name(),
        gain: format!("up to {} of the cycles", percent(cycles as f64 / total)),
        cycles: Some(cycles),
        lever: advice.to_owned(),
        layers: dearest(&result.layers, cause),
    })
}

/// What takes fewer tile-cycles of the host where the chip does not wait for it.
const RESERVED: &str = "tiles are reserved for the host and compute nothing; fewer of them leave more for the network, as long as a \
                        batch fits on them.";

/// What takes fewer cycles of a cause; `None` where nothing but less work does.
const fn advice(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Ideal => None,
        Cause::DotProductFill => Some(
            "dot products are filled with zeros where groups have fewer channels than the units are long; a larger group_size \
             fills them.",
        ),
        Cause::KernelOverhead => Some(
            "weights are loaded and loops started for few products each; a larger batch gives a tile more positions for the \
             same weights.",
        ),
        Cause::TileImbalance => Some(
            "tiles wait for the slowest one, or have no work; a larger batch or resolution divides more evenly over the tiles.",
        ),
        Cause::VectorWork => Some(
            "activations, biases, gates and reductions run on vectors, beside the units; a cheaper activation or fewer \
             squeeze-excites take fewer.",
        ),
        Cause::Rearrangement => Some(
            "data are copied from the order that one operator leaves to the one that the next takes; groups of as many \
             channels as a block need the least.",
        ),
        Cause::Exchange => Some(
            "tiles wait for operands of other tiles; a larger batch reuses weights that have arrived, fewer channels between \
             layers move less.",
        ),
        Cause::Sync => Some(
            "every exchange waits for all tiles; a larger batch spreads the same steps over more images.",
        ),
        Cause::Link => Some("chips wait for each other's data; other cuts into stages move less."),
        Cause::Host => Some("the chip waits for the host; fewer bits or a lower resolution move less."),
        Cause::Bubble => {
            Some("stages of the pipeline wait; more micro-batches for each weight update fill them.")
        }
    }
}

/// The layers in which a cause takes the most.
fn dearest(layers: &[LayerResult], cause: Cause) -> Vec<(String, u64)> {
    let mut of_layers: Vec<(&str, u64)> = layers
        .iter()
        .map(|layer| (layer.name.as_str(), layer.cycles_by_cause.get(cause)))
        .filter(|&(_, cycles)| cycles > 0)
        .collect();
    of_layers.sort_by_key(|&(_, cycles)| std::cmp::Reverse(cycles));
    let dearest = of_layers.into_iter().take(NAMED_LAYERS);
    dearest.map(|(name, cycles)| (name.to_owned(), cycles)).collect()
}

/// A change of what the fullest tile holds.
const fn of_tile(gain: String, lever: String) -> Insight {
    Insight {
        subject: "memory",
        gain,
        cycles: None,
        lever,
        layers: Vec::new(),
    }
}

fn of_memory(result: &RunResult) -> Vec<Insight> {
    let memory = &result.memory;
    let mut insights: Vec<Insight> = memory
        .suggestions
        .iter()
        .map(|suggestion| {
            of_tile(
                format!("{} of the fullest tile", bytes(suggestion.saved_bytes)),
                format!(
                    "{} is estimated to save so much; the run does not fit.",
                    suggestion.change
                ),
            )
        })
        .collect();
    if memory.fits {
        insights.push(of_tile(
            format!(
                "{} of the fullest tile are free",
                bytes(memory.tile_bytes - memory.peak_bytes)
            ),
            match memory.largest_batch {
                Some(batch) => format!(
                    "batches up to {batch} fit, where this one has {} images.",
                    result.run.batch
                ),
                None => "--max-batch searches the largest batch that fits.".to_owned(),
            },
        ));
    }
    if let Some(resident) = memory.residents.first() {
        insights.push(of_tile(
            format!("up to {} of the fullest tile", bytes(resident.bytes)),
            format!(
                "{} is the largest of what lives on tile {} at its fullest step, {}.",
                resident.name, memory.peak_tile, memory.peak_step
            ),
        ));
    }
    insights
}
