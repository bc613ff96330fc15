//! Names that there are not, and those that may be meant.

use std::fmt;

/// Names that a message lists at most.
const LISTED: usize = 12;

/// The names that there are beside one that there is not. It reads as what stands behind that name:
/// ` (did you mean `x`?); expected one of x, y`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Names that are close, closest first.
    pub nearest: Vec<String>,
    /// All names, in the order in which they are known.
    pub all: Vec<String>,
}

impl Known {
    /// The names beside `name`, which is none of them.
    ///
    /// ```
    /// let known = tilesim_input::Known::beside("bathc", ["batch", "width"]);
    /// assert_eq!(known.to_string(), " (did you mean `batch`?); expected one of batch, width");
    /// ```
    pub fn beside<N: AsRef<str>>(name: &str, all: impl IntoIterator<Item = N>) -> Self {
        let all: Vec<String> = all.into_iter().map(|name| name.as_ref().to_owned()).collect();
        Self {
            nearest: nearest(name, all.iter().map(String::as_str)),
            all,
        }
    }

    /// Those that are close, as a phrase behind the name; empty where there are none.
    pub fn hint(&self) -> String {
        match &self.nearest[..] {
            [] => String::new(),
            names => format!(" (did you mean `{}`?)", names.join("`, `")),
        }
    }

    /// What was expected: all names, of many the first ones and how many there are.
    pub fn expected(&self) -> String {
        match &self.all[..] {
            [] => "none, for there are none".to_owned(),
            [only] => only.clone(),
            all if all.len() <= LISTED => format!("one of {}", all.join(", ")),
            all => format!("one of {}, … ({} in all)", all[..LISTED].join(", "), all.len()),
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; expected {}", self.hint(), self.expected())
    }
}

/// The candidates that are close to a name, closest first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    /// Jaro-Winkler similarity from which a name counts as a slip of another; 1 is equality.
    const SIMILAR: f64 = 0.8;
    const SUGGESTIONS: usize = 3;
    /// Longer names are no slip of one of ours, and comparing them takes the square of their length.
    const LONGEST: usize = 200;
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    // Equally close ones stay in their order.
    scored.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    scored
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        for (slip, meant) in [
            ("stm", "stem"),
            ("papr", "paper"),
            ("tlies", "tiles"),
            ("BOW", "bow"),
        ] {
            assert_eq!(nearest(slip, ["exchange", meant, "other"]), [meant], "{slip}");
        }
        assert!(nearest("x", ["stem", "paper"]).is_empty());
        assert!(nearest(&"paper".repeat(100), ["paper"]).is_empty());
    }

    #[test]
    fn long_lists_are_short_and_in_order() {
        let all: Vec<String> = (0..30).map(|index| format!("block{index}")).collect();
        let text = Known::beside("xyz", &all).to_string();
        assert!(
            text.starts_with("; expected one of block0, block1, block2,"),
            "{text}"
        );
        assert!(text.ends_with("block11, … (30 in all)"), "{text}");
    }
}
