//! Why a network cannot be had.

use tilesim_graph::GraphError;

/// A mistake in a specification, a setting or a name.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// No bundled network has the name.
    #[error("no bundled network is called `{name}`{}; the names: {}", suggestion(nearest), known.join(", "))]
    UnknownName {
        /// The name.
        name: String,
        /// Names that are close, closest first.
        nearest: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// The name stands for a network that its family does not define.
    #[error("`{name}` is not defined: {reason}")]
    Undefined {
        /// The name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A specification is not the JSON that it should be.
    #[error("{origin}:{line}:{column}: field `{field}`: {reason}")]
    Json {
        /// File, or what the text is.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Path of the field.
        field: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// No family has the name.
    #[error("{origin}: field `family`: unknown family `{family}`{}; expected one of {}", suggestion(nearest), known.join(", "))]
    UnknownFamily {
        /// File, or what the text is.
        origin: String,
        /// The name.
        family: String,
        /// Names that are close, closest first.
        nearest: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// A family has no such variant.
    #[error("unknown variant `{variant}`{}; expected one of {}", suggestion(nearest), known.join(", "))]
    UnknownVariant {
        /// The variant.
        variant: String,
        /// Names that are close, closest first.
        nearest: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// A family has no such setting.
    #[error("unknown setting `{key}`{}; expected one of {}", suggestion(nearest), known.join(", "))]
    UnknownSetting {
        /// The key.
        key: String,
        /// Keys that are close, closest first.
        nearest: Vec<String>,
        /// All keys.
        known: Vec<String>,
    },
    /// A setting cannot have the value.
    #[error("setting `{key}`: `{value}`: {reason}")]
    InvalidSetting {
        /// The key.
        key: String,
        /// The value as given.
        value: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// A field has a value that no network can have.
    #[error("field `{field}` is {got}; expected {expected}")]
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        got: String,
        /// What it should be.
        expected: String,
    },
    /// The group size does not divide the channels of a block.
    #[error("{block}: group size {group_size} does not divide {channels} channels; the powers of two {divisors} do",
        divisors = divisors(*channels))]
    GroupSize {
        /// The block.
        block: String,
        /// Channels of its grouped convolution.
        channels: u64,
        /// The group size.
        group_size: u64,
    },
    /// The channels of a block make a number of groups that does not divide them.
    #[error(
        "{block}: {channels} channels and group size {group_size} make {groups} groups, which do not divide {channels}"
    )]
    UnevenGroups {
        /// The block.
        block: String,
        /// Channels of its grouped convolution.
        channels: u64,
        /// The group size.
        group_size: u64,
        /// Groups: channels / group size, rounded down, at least 1.
        groups: u64,
    },
    /// The batch is empty.
    #[error("the batch is 0; expected at least 1")]
    EmptyBatch,
    /// The operators do not fit together.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// The candidates that are close to a name, closest first.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    /// Jaro-Winkler similarity from which a name counts as a slip of another; 1 is equality.
    const SIMILAR: f64 = 0.8;
    const SUGGESTIONS: usize = 3;
    let name = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, candidate), candidate))
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    scored
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

fn suggestion(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!(" (did you mean `{}`?)", names.join("`, `")),
    }
}

/// The powers of two that divide a number of channels, as a list.
fn divisors(channels: u64) -> String {
    let powers: Vec<String> = (0..=channels.trailing_zeros().min(10))
        .map(|power| (1_u64 << power).to_string())
        .collect();
    powers.join(", ")
}
