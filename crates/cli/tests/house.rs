//! The house: which file uses which, and how much each crate holds. Both are read from the sources as text.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Files that may use each other in a loop.
const LARGEST_CIRCLE: usize = 3;
/// Part of all lines that a crate may hold, in percent.
const LARGEST_CRATE: usize = 13;
/// Circles that may be larger: a search is one thing in several files, its levels know each other.
const EXCEPTED: [&str; 1] = ["crates/planner/src/search"];

/// The lines before a file's tests.
fn production(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod").map_or(text, |end| &text[..end])
}

/// The production code of every file below `folder`.
fn sources(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            files.insert(path, production(&text).to_owned());
        }
    }
}

/// The production code of every crate, by its folder.
fn crates() -> BTreeMap<String, BTreeMap<PathBuf, String>> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a folder of crates");
    let folders = fs::read_dir(all)
        .expect("crates")
        .map(|entry| entry.expect("an entry").path());
    let with_sources = folders.filter(|folder| folder.join("src").is_dir());
    let read = |folder: PathBuf| {
        let mut files = BTreeMap::new();
        sources(&folder.join("src"), &mut files);
        (
            format!("crates/{}", folder.file_name().expect("a name").to_string_lossy()),
            files,
        )
    };
    with_sources.map(read).collect()
}

/// The module that a file is, as the names on the way to it: `a/b.rs` is `a::b`, and the root of the crate has none.
fn module(file: &Path) -> Vec<String> {
    let parts = file.iter().map(|part| part.to_string_lossy().into_owned());
    let mut names: Vec<String> = parts.skip_while(|part| part != "src").skip(1).collect();
    let last = names.pop().unwrap_or_default();
    let stem = last.trim_end_matches(".rs");
    if !(names.is_empty() && ["lib", "main"].contains(&stem)) {
        names.push(stem.to_owned());
    }
    names
}

/// The paths of a tree such as `a::{b, c::d}`.
fn leaves(tree: &str) -> Vec<String> {
    let mut paths = Vec::new();
    // What stands before each open brace, and the path under way.
    let (mut outer, mut path) = (Vec::new(), String::new());
    for letter in tree.chars() {
        match letter {
            '{' => outer.push(path.clone()),
            ',' | '}' => {
                paths.push(path);
                path = outer.last().cloned().unwrap_or_default();
                if letter == '}' {
                    outer.pop();
                    path.clear();
                }
            }
            letter => path.push(letter),
        }
    }
    paths.push(path);
    let plain = paths.iter().filter_map(|path| path.split(" as ").next());
    plain
        .map(|path| path.replace("::self", "").split_whitespace().collect())
        .collect()
}

/// What a file names: the paths it imports with whether it hands them on, and those in its code.
fn paths(text: &str) -> Vec<(String, bool)> {
    let (mut found, mut code, mut import) = (Vec::new(), String::new(), None);
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        let used = line
            .split_once("use ")
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
        match (&mut import, used) {
            (None, Some((before, tree))) => import = Some((tree.to_owned(), !before.is_empty())),
            (None, None) => code.extend([line, "\n"]),
            (Some((tree, _)), _) => tree.push_str(line),
        }
        if let Some((tree, is_handed_on)) = import.take_if(|(tree, _)| tree.ends_with(';')) {
            found.extend(
                leaves(tree.trim_end_matches(';'))
                    .into_iter()
                    .map(|path| (path, is_handed_on)),
            );
        }
    }
    let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let inline = code
        .split(|letter| !is_path(letter))
        .filter(|word| word.contains("::"));
    found.extend(inline.map(|path| (path.trim_end_matches(':').to_owned(), false)));
    found.retain(|(path, _)| !path.is_empty() && !path.ends_with("::"));
    found
}

/// Names that a file defines itself.
fn defined(text: &str) -> BTreeSet<&str> {
    const KINDS: [&str; 8] = [
        "fn", "struct", "enum", "trait", "type", "const", "static", "union",
    ];
    let words: Vec<&str> = text
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let pairs = words.windows(2).filter(|pair| KINDS.contains(&pair[0]));
    pairs.map(|pair| pair[1]).collect()
}

struct House<'a> {
    files: BTreeMap<Vec<String>, &'a str>,
    /// Every import of a file, from the root of its crate, and whether it is handed on.
    named: BTreeMap<Vec<String>, Vec<(Vec<String>, bool)>>,
    defined: BTreeMap<Vec<String>, BTreeSet<&'a str>>,
}

impl<'a> House<'a> {
    fn new(sources: &'a BTreeMap<PathBuf, String>) -> Self {
        let files: BTreeMap<_, _> = sources
            .iter()
            .map(|(file, text)| (module(file), text.as_str()))
            .collect();
        let defined = files
            .iter()
            .map(|(file, text)| (file.clone(), defined(text)))
            .collect();
        let mut named = BTreeMap::new();
        for (file, text) in &files {
            let mut all: Vec<(Vec<String>, bool)> = Vec::new();
            for (path, is_handed_on) in paths(text) {
                let mut names: Vec<String> = path.split("::").map(str::to_owned).collect();
                let first = names.remove(0);
                let mut base = file.clone();
                match first.as_str() {
                    "crate" => base.clear(),
                    "self" => {}
                    "super" => {
                        base.pop();
                        while names.first().is_some_and(|name| name == "super") {
                            names.remove(0);
                            base.pop();
                        }
                    }
                    child => {
                        base.push(child.to_owned());
                        if !files.contains_key(&base) {
                            // A module that was imported, or another crate.
                            let import = all
                                .iter()
                                .find(|(path, _)| path.last().is_some_and(|last| last == child));
                            match import {
                                Some((path, _)) if files.contains_key(path) => base.clone_from(path),
                                _ => continue,
                            }
                        }
                    }
                }
                base.extend(names);
                all.push((base, is_handed_on));
            }
            named.insert(file.clone(), all);
        }
        Self {
            files,
            named,
            defined,
        }
    }

    /// The file that defines what a path names, through whatever hands it on.
    fn home(&self, path: &[String], depth: usize) -> Option<Vec<String>> {
        let length = (0..=path.len())
            .rev()
            .find(|length| self.files.contains_key(&path[..*length]))?;
        let (file, rest) = path.split_at(length);
        let here = Some(file.to_vec());
        let Some(name) = rest
            .first()
            .filter(|name| !self.defined[file].contains(name.as_str()))
        else {
            return here;
        };
        let import = self.named[file].iter().map(|(import, _)| import);
        let import = import.filter(|import| import.last() == Some(name) && import.as_slice() != path);
        match import.take(usize::from(depth < 8)).next() {
            Some(import) => self.home(import, depth + 1).or(here),
            None => here,
        }
    }

    /// The files that each file uses. That a facade hands on what its own folder holds is no use of it.
    fn arrows(&self) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
        let of = |(file, named): (&Vec<String>, &Vec<(Vec<String>, bool)>)| {
            let used = named.iter().filter_map(|(path, is_handed_on)| {
                let home = self.home(path, 0)?;
                (home != *file && !(*is_handed_on && home.starts_with(file))).then_some(home)
            });
            (file.clone(), used.collect())
        };
        self.named.iter().map(of).collect()
    }
}

/// All that can be reached from a file.
fn reached(from: &[String], arrows: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> BTreeSet<Vec<String>> {
    let (mut all, mut open) = (BTreeSet::new(), vec![from.to_vec()]);
    while let Some(file) = open.pop() {
        for next in arrows.get(&file).into_iter().flatten() {
            if all.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    all
}

#[test]
fn no_large_circle_of_files() {
    let mut circles = BTreeSet::new();
    for (name, sources) in crates() {
        let arrows = House::new(&sources).arrows();
        let reach: BTreeMap<_, _> = arrows.keys().map(|file| (file, reached(file, &arrows))).collect();
        for (file, all) in &reach {
            let circle = all
                .iter()
                .filter(|other| reach.get(other).is_some_and(|back| back.contains(*file)));
            let circle: Vec<String> = circle
                .map(|file| format!("{name}/src/{}", file.join("/")))
                .collect();
            if circle.len() > LARGEST_CIRCLE
                && !EXCEPTED
                    .iter()
                    .any(|part| circle.iter().all(|file| file.starts_with(part)))
            {
                circles.insert(circle.join(" "));
            }
        }
    }
    let circles: Vec<String> = circles.into_iter().collect();
    assert!(
        circles.is_empty(),
        "files that use each other in a loop:\n{}",
        circles.join("\n")
    );
}

#[test]
fn no_crate_holds_too_much() {
    let lines = |sources: &BTreeMap<PathBuf, String>| {
        sources.values().map(|text| text.lines().count()).sum::<usize>()
    };
    let table: BTreeMap<String, usize> = crates()
        .iter()
        .map(|(name, sources)| (name.clone(), lines(sources)))
        .collect();
    let all: usize = table.values().sum();
    let is_large = |lines: &usize| lines * 100 > all * LARGEST_CRATE;
    let printed: Vec<String> = table
        .iter()
        .map(|(name, lines)| format!("{lines:>6} {:>5.1} % {name}", *lines as f64 * 100.0 / all as f64))
        .collect();
    assert!(
        !table.values().any(is_large),
        "a crate holds more than {LARGEST_CRATE} %:\n{}",
        printed.join("\n")
    );
}
