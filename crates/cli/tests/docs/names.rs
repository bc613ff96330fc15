//! Files and types that prose names in backticks.

use std::path::Path;

use crate::{
    markdown::Page,
    repository::{Repository, beside},
};

/// Names that are of no file and of nothing in the sources.
pub(crate) fn complaints(repository: &Repository, page: &Page) -> Vec<String> {
    let mut complaints = Vec::new();
    for (line, code) in page.code() {
        if is_path(repository, code) {
            if !exists(repository, page, code) {
                complaints.push(format!("{}:{line}: there is no `{code}`", page.name));
            }
        } else if let Some(name) = name(code)
            && !repository.has_word(name)
        {
            complaints.push(format!("{}:{line}: no source has `{code}`", page.name));
        }
    }
    complaints
}

/// Whether it looks like a path of this repository.
fn is_path(repository: &Repository, code: &str) -> bool {
    let plain = code
        .chars()
        .all(|character| character.is_alphanumeric() || "_-./*".contains(character));
    let source = is_source(code);
    let within = code
        .split_once('/')
        .is_some_and(|(first, _)| repository.has(first) && !first.is_empty());
    plain && (source || within)
}

/// Whether a path is that of a source.
fn is_source(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// Whether there is such a path: from the root, from the page's folder, or at the end of that of a source. A part in capitals or
/// with a star stands for any, and all that follows is not looked at.
fn exists(repository: &Repository, page: &Page, code: &str) -> bool {
    let known: Vec<&str> = code
        .split('/')
        .take_while(|part| !part.contains('*') && !is_placeholder(part))
        .collect();
    let known = known.join("/");
    let end = format!("/{known}");
    repository.has(&known)
        || beside(page, &known).is_some_and(|path| repository.has(&path))
        || is_source(&known) && repository.files.iter().any(|file| file.ends_with(&end))
}

/// Whether a part of a path stands for what the reader puts there.
fn is_placeholder(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part);
    !matches!(
        stem,
        "README" | "ARCHITECTURE" | "CONTRIBUTING" | "VALIDATION" | "CHANGELOG"
    ) && stem.chars().any(char::is_uppercase)
        && !stem.chars().any(char::is_lowercase)
        && !part.contains('-')
}

/// What of a piece of code is a name that sources must have: the last part of a path of names, or a type.
fn name(code: &str) -> Option<&str> {
    let plain = code
        .chars()
        .all(|character| character.is_alphanumeric() || "_:".contains(character));
    let last = code.rsplit("::").next()?;
    let humps = last.chars().filter(|character| character.is_uppercase()).count();
    let is_type = last.starts_with(char::is_uppercase) && humps > 1 && last.chars().any(char::is_lowercase);
    (plain && (code.contains("::") || is_type)).then_some(last)
}
