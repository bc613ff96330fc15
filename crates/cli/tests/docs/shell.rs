//! Command lines.

use crate::markdown::Fence;

/// A command as a page states it.
pub(crate) struct Command {
    /// Its line.
    pub(crate) line: usize,
    /// Its words, without quotes; what sets the environment goes before them and is left out.
    pub(crate) words: Vec<String>,
    /// The file that takes what it prints.
    pub(crate) redirected: Option<String>,
    /// The exit code that it is said to have.
    pub(crate) exit: i32,
}

/// The commands of a fence.
pub(crate) fn commands(fence: &Fence) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut joined = String::new();
    for (index, line) in fence.lines.iter().enumerate() {
        if let Some(begun) = line.strip_suffix('\\') {
            joined += begun;
            continue;
        }
        joined += line;
        commands.extend(command(fence.line + index, &std::mem::take(&mut joined)));
    }
    commands
}

/// The command of one line, if it has one.
fn command(line: usize, text: &str) -> Option<Command> {
    let (words, comment) = words(text);
    let mut words: Vec<String> = words
        .into_iter()
        .skip_while(|word| sets_environment(word))
        .collect();
    if words.is_empty() {
        return None;
    }
    let exit = comment
        .split_once("exit code ")
        .and_then(|(_, code)| code.split_whitespace().next()?.parse().ok())
        .unwrap_or(0);
    let redirected = words.iter().position(|word| word == ">").map(|place| {
        let rest = words.split_off(place);
        rest.get(1).cloned().unwrap_or_default()
    });
    Some(Command {
        line,
        words,
        redirected,
        exit,
    })
}

/// The words of a line, and the comment behind them.
pub(crate) fn words(text: &str) -> (Vec<String>, &str) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for (place, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => return (words, &text[place..]),
            (None, ' ' | '\t') => words.extend(word.take()),
            (_, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    (words, "")
}

/// Whether a word is `NAME=VALUE`.
fn sets_environment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_ascii_uppercase() || character == '_')
    })
}

impl Command {
    /// The arguments of `tilesim`, whichever way it is called.
    pub(crate) fn arguments(&self) -> Option<&[String]> {
        match self.words.first()?.as_str() {
            "tilesim" => Some(&self.words[1..]),
            "cargo" if self.words.get(1).is_some_and(|word| word == "run") => {
                let package = self.words.iter().any(|word| word == "tilesim-cli");
                let place = self.words.iter().position(|word| word == "--")?;
                package.then(|| &self.words[place + 1..])
            }
            _ => None,
        }
    }
}
