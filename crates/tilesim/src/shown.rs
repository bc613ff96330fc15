//! Text as people are shown it: what others wrote into names steers no terminal, and fills no screen.

use std::fmt::Write;

/// Characters of one piece of input that an error repeats at most.
const ECHOED: usize = 200;

/// A text whose control characters are escaped, other than ends of lines and tabs.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && !matches!(letter, '\n' | '\t') {
            // As JSON writes it, in which it may stand.
            let _ = write!(shown, "\\u{:04x}", u32::from(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The text of an error as it is shown: control characters are escaped, and of a long piece of input, be it in quotes or a single word, the
/// first and last of 200 characters are left.
pub fn message(error: &str) -> String {
    let text = escaped(error);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let end = quoted(rest, before).unwrap_or_else(|| {
            // Quotes within a word are part of it.
            let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
            word.max(letter.len_utf8())
        });
        let (piece, behind) = rest.split_at(end);
        shorten(piece, &mut shown);
        before = piece.chars().next_back().unwrap_or(letter);
        rest = behind;
    }
    shown
}

/// Where the quotation ends that a text begins with, if it does.
fn quoted(text: &str, before: char) -> Option<usize> {
    let quote = text
        .chars()
        .next()
        .filter(|letter| matches!(letter, '`' | '\'' | '"'))?;
    if before.is_alphanumeric() {
        return None;
    }
    let mut places = text.char_indices().skip(1).peekable();
    while let Some((place, letter)) = places.next() {
        let ends = places.peek().is_none_or(|(_, next)| !next.is_alphanumeric());
        if letter == quote && ends {
            return Some(place + letter.len_utf8());
        }
    }
    None
}

/// Adds a piece, without its middle where it is long.
fn shorten(piece: &str, shown: &mut String) {
    let count = piece.chars().count();
    if count <= ECHOED {
        shown.push_str(piece);
        return;
    }
    let half = ECHOED / 2;
    shown.extend(piece.chars().take(half));
    shown.push('…');
    shown.extend(piece.chars().skip(count - half));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(
            escaped("a\u{1b}[31mb\u{9b}c\r\n\td"),
            "a\\u001b[31mb\\u009bc\\u000d\n\td"
        );
    }

    #[test]
    fn long_pieces_lose_their_middle() {
        let long = "x y".repeat(1000);
        for error in [
            format!("unknown key `{long}`; expected one of a, b"),
            format!("unknown key '{long}'; expected one of a, b"),
            format!("invalid type: string \"{long}\", expected one of a, b"),
            format!("{}: cannot be read, expected one of a, b", "x".repeat(5000)),
        ] {
            let shown = message(&error);
            assert!(shown.chars().count() < 300, "{shown}");
            assert!(
                shown.ends_with("expected one of a, b") && shown.contains('…'),
                "{shown}"
            );
        }
        let short = "the network's file `a b`: isn't there; 'c' is";
        assert_eq!(message(short), short);
    }

    proptest! {
        #[test]
        fn short_text_stays_as_it_is(text in "[a-z `'\"é\n]{0,100}") {
            prop_assert_eq!(message(&text), text);
        }
    }
}
