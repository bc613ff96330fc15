//! A page, taken apart into prose and fences.

use std::collections::BTreeMap;

/// A page of the documentation.
pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) name: String,
    /// Its lines; those of fences are blank.
    pub(crate) prose: Vec<String>,
    /// What stands between fences, in order.
    pub(crate) fences: Vec<Fence>,
}

/// What stands between lines of three backticks.
pub(crate) struct Fence {
    /// The first line of it, counted from 1.
    pub(crate) line: usize,
    /// What follows the first of them.
    pub(crate) language: String,
    /// What comments before it say.
    pub(crate) marks: Vec<Mark>,
    /// Its lines, without what a list indents them by.
    pub(crate) lines: Vec<String>,
}

/// What a comment before a fence says of it.
pub(crate) enum Mark {
    /// It is a file of this name.
    File(String),
    /// Its commands read these of the reference data: path there, name here.
    Shared(Vec<(String, String)>),
    /// Its commands are not run.
    NotRun,
    /// The command before has printed it.
    Printed,
    /// It is an excerpt of this source.
    From(String),
    /// Something that others read.
    Other,
}

impl Mark {
    /// The mark of a line, if it is a comment.
    fn of(line: &str) -> Option<Self> {
        let comment = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
        let (word, rest) = comment.split_once(": ").unwrap_or((comment, ""));
        Some(match word {
            "file" => Self::File(rest.to_owned()),
            "shared" => Self::Shared(
                rest.split(", ")
                    .map(|entry| {
                        let (path, name) = entry.split_once(" as ").unwrap_or_else(|| {
                            let name = entry.rsplit('/').next().unwrap_or(entry);
                            (entry, name)
                        });
                        (path.to_owned(), name.to_owned())
                    })
                    .collect(),
            ),
            "not run" => Self::NotRun,
            "printed" => Self::Printed,
            "from" => Self::From(rest.to_owned()),
            _ => Self::Other,
        })
    }
}

impl Page {
    /// Takes a text apart.
    pub(crate) fn new(name: String, text: &str) -> Self {
        let mut page = Self {
            name,
            prose: Vec::new(),
            fences: Vec::new(),
        };
        let mut marks = Vec::new();
        let mut open: Option<(Fence, usize)> = None;
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim_start();
            match open.as_mut() {
                Some(_) if trimmed.trim_end() == "```" => {
                    page.fences.extend(open.take().map(|(fence, _)| fence));
                    page.prose.push(String::new());
                }
                Some((fence, indent)) => {
                    let cut = line.len() - trimmed.len();
                    fence.lines.push(line[cut.min(*indent)..].to_owned());
                    page.prose.push(String::new());
                }
                None => {
                    if let Some(language) = trimmed.strip_prefix("```") {
                        let fence = Fence {
                            line: index + 2,
                            language: language.trim().to_owned(),
                            marks: std::mem::take(&mut marks),
                            lines: Vec::new(),
                        };
                        open = Some((fence, line.len() - trimmed.len()));
                        page.prose.push(String::new());
                    } else {
                        if let Some(mark) = Mark::of(line) {
                            marks.push(mark);
                        } else if !trimmed.is_empty() {
                            marks.clear();
                        }
                        page.prose.push(line.to_owned());
                    }
                }
            }
        }
        assert!(open.is_none(), "{}: a fence is left open", page.name);
        page
    }

    /// What stands in backticks within the prose, with its line.
    pub(crate) fn code(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        for (index, line) in self.prose.iter().enumerate() {
            let parts: Vec<&str> = line.split('`').collect();
            // Every other part is code, but for one that is not closed.
            found.extend(
                parts
                    .chunks_exact(2)
                    .take(parts.len() / 2)
                    .map(|pair| (index + 1, pair[1])),
            );
        }
        found
    }

    /// Targets of links within the prose, with their lines.
    pub(crate) fn links(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        for (index, line) in self.prose.iter().enumerate() {
            let mut rest = line.as_str();
            while let Some((_, after)) = rest.split_once("](") {
                let Some((target, after)) = after.split_once(')') else {
                    break;
                };
                found.push((index + 1, target));
                rest = after;
            }
        }
        found
    }

    /// The anchors of its headings, as GitHub makes them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        self.prose
            .iter()
            .filter_map(|line| line.strip_prefix('#'))
            .map(|heading| {
                let anchor = anchor(heading.trim_start_matches('#').trim());
                let before = times.entry(anchor.clone()).or_default();
                *before += 1;
                match *before {
                    1 => anchor,
                    many => format!("{anchor}-{}", many - 1),
                }
            })
            .collect()
    }
}

/// Letters and digits in lower case, blanks as hyphens.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ if character.is_alphanumeric() => Some(character.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}
