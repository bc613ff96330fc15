//! What the reader of JSON says, in the words of our messages.

use crate::Known;

/// Names of types, and what they are to who writes JSON.
const TYPES: [(&str, &str); 12] = [
    ("u64", "a whole number"),
    ("u32", "a whole number"),
    ("u16", "a whole number"),
    ("u8", "a whole number"),
    ("usize", "a whole number"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("f32", "a number"),
    ("a boolean", "true or false"),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("a string", "a text"),
];

/// What an error of JSON says that is no file, as [`crate::parse`] would.
pub fn reason(error: &serde_json::Error) -> String {
    reworded(&error.to_string())
}

/// The message without its place, what was expected behind a semicolon, and near names beside a wrong one. What is not recognised
/// stays as it is.
pub(crate) fn reworded(message: &str) -> String {
    let message = message.rfind(" at line ").map_or(message, |end| &message[..end]);
    let Some((what, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let unknown = ["unknown field `", "unknown variant `"]
        .iter()
        .find_map(|before| what.strip_prefix(before)?.strip_suffix('`'));
    if let Some(name) = unknown {
        // Names are the texts in backquotes: every other piece.
        let names = expected.split('`').skip(1).step_by(2);
        return format!("{what}{}", Known::beside(name, names));
    }
    let expected = TYPES
        .iter()
        .find(|(name, _)| *name == expected)
        .map_or(expected, |(_, words)| words);
    let expected = expected.strip_prefix("expected ").unwrap_or(expected);
    format!("{what}; expected {expected}")
}

/// The field that a message says is missing.
pub(crate) fn missing(reason: &str) -> Option<&str> {
    reason.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Whether a message is of a field's name rather than of its value.
pub(crate) fn is_unknown_field(reason: &str) -> bool {
    reason.starts_with("unknown field `")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_reader() {
        for (said, reworded_to) in [
            (
                "unknown field `tlies`, expected one of `tiles`, `workers` at line 1 column 8",
                "unknown field `tlies` (did you mean `tiles`?); expected one of tiles, workers",
            ),
            (
                "unknown variant `x`, expected `mean` or `sum`",
                "unknown variant `x`; expected one of mean, sum",
            ),
            (
                "invalid type: string \"four\", expected u64 at line 1 column 8",
                "invalid type: string \"four\"; expected a whole number",
            ),
            ("missing field `name` at line 1 column 8", "missing field `name`"),
            (
                "EOF while parsing a value at line 1 column 0",
                "EOF while parsing a value",
            ),
        ] {
            assert_eq!(reworded(said), reworded_to);
        }
    }
}
