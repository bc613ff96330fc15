//! The files of the repository.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::markdown::Page;

/// The repository that the documentation is of.
pub(crate) struct Repository {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// Its files by path, with `/` between folders; what is built or hidden is left out.
    pub(crate) files: BTreeSet<String>,
    /// Words of its sources.
    words: BTreeSet<String>,
}

impl Repository {
    /// The repository that this test is part of.
    pub(crate) fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().expect("the repository");
        let mut files = BTreeSet::new();
        collect(&root, "", &mut files);
        let words = files
            .iter()
            .filter(|file| {
                Path::new(file)
                    .extension()
                    .is_some_and(|extension| extension == "rs")
            })
            .filter_map(|file| fs::read_to_string(root.join(file)).ok())
            .flat_map(|text| words(&text))
            .collect();
        Self { root, files, words }
    }

    /// All pages of the documentation.
    pub(crate) fn pages(&self) -> Vec<Page> {
        self.files
            .iter()
            .filter(|file| is_documentation(file))
            .filter_map(|file| self.page(file))
            .collect()
    }

    /// One page.
    pub(crate) fn page(&self, name: &str) -> Option<Page> {
        let text = fs::read_to_string(self.root.join(name)).ok()?;
        Some(Page::new(name.to_owned(), &text))
    }

    /// Whether a path is one of a file or folder.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let within = format!("{path}/");
        self.files.contains(path)
            || self
                .files
                .range(within.clone()..)
                .next()
                .is_some_and(|file| file.starts_with(&within))
    }

    /// Whether sources contain a word.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Names of all packages.
    pub(crate) fn packages(&self) -> BTreeSet<String> {
        self.files
            .iter()
            .filter(|file| file.ends_with("Cargo.toml"))
            .filter_map(|file| fs::read_to_string(self.root.join(file)).ok())
            .filter_map(|text| {
                let (_, package) = text.split_once("[package]")?;
                let (_, name) = package.split_once("name = \"")?;
                Some(name.split_once('"')?.0.to_owned())
            })
            .collect()
    }
}

/// A path that a page states, from the root; `None` where it leaves the repository.
pub(crate) fn beside(page: &Page, path: &str) -> Option<String> {
    let mut folders: Vec<&str> = page.name.split('/').collect();
    folders.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                folders.pop()?;
            }
            _ => folders.push(part),
        }
    }
    Some(folders.join("/"))
}

/// The pages that are held to what they say. The changelog tells of what was.
fn is_documentation(file: &str) -> bool {
    let markdown = Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "md");
    markdown && file != "CHANGELOG.md" && !file.contains("/tests/")
}

/// Adds the files of a folder.
fn collect(root: &Path, folder: &str, files: &mut BTreeSet<String>) {
    let entries = fs::read_dir(root.join(folder)).expect("a folder");
    for entry in entries {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') && !name.starts_with(".ci");
        if hidden || name == "target" {
            continue;
        }
        let path = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };
        if entry.path().is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path);
        }
    }
}

/// Names in a text.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
