//! Text in lines.

/// `text` in lines of at most `width` characters, the first indented with `first`, the others as far with spaces.
pub fn wrapped(text: &str, first: &str, width: usize) -> String {
    let indent = " ".repeat(first.chars().count());
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for word in words(text) {
        let used = lines.last().map_or(0, |line| line.chars().count());
        if !empty && used + 1 + word.chars().count() > width {
            lines.push(indent.clone());
            empty = true;
        }
        if let Some(line) = lines.last_mut() {
            if !empty {
                line.push(' ');
            }
            line.push_str(&word);
            empty = false;
        }
    }
    lines.join("\n") + "\n"
}

/// The words of a text; a percent sign stays with its figure.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(figure) if word.starts_with('%') => figure.extend([" ", word]),
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Lines of `key  value` of at most `width` characters, the values aligned.
pub fn key_values(pairs: &[(&str, String)], width: usize) -> String {
    let lines = pairs.iter().map(|(key, value)| (*key, value));
    let keys = lines
        .clone()
        .map(|(key, _)| key.chars().count())
        .max()
        .unwrap_or(0);
    lines
        .map(|(key, value)| wrapped(value, &format!("{key:keys$}  "), width))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_within_the_width() {
        let text = wrapped("one two three four five six", "* ", 12);
        assert_eq!(text, "* one two\n  three four\n  five six\n");
        assert_eq!(wrapped("it is 23.6 %.", "", 11), "it is\n23.6 %.\n");
    }
}
