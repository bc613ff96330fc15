//! The code map of ARCHITECTURE.md against the packages that there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::{markdown::Page, repository::Repository};

/// Crates without a row, rows without a crate, and arrows that are not there or go up.
pub(crate) fn complaints(repository: &Repository, page: &Page) -> Vec<String> {
    let packages = packages(repository);
    let mut above: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for line in page.prose.iter().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').collect();
        let [_, name, depends, _, _] = cells[..] else {
            continue;
        };
        let Some(name) = names(name).next() else {
            continue;
        };
        let Some(real) = packages.get(&name) else {
            complaints.push(format!("there is no crate {name}"));
            continue;
        };
        let stated: BTreeSet<String> = names(depends).collect();
        complaints.extend(
            stated
                .difference(real)
                .map(|other| format!("{name} does not depend on {other}")),
        );
        // Of those that are stated, and all that these depend on.
        let mut reached: BTreeSet<String> = stated
            .iter()
            .filter_map(|other| above.get(other))
            .flatten()
            .cloned()
            .collect();
        reached.extend(stated);
        if depends.trim() == "all" {
            reached.extend(above.keys().cloned());
        }
        complaints.extend(
            real.difference(&reached)
                .map(|other| format!("{name} depends on {other}, which its row leaves out")),
        );
        complaints.extend(
            real.iter()
                .filter(|other| !above.contains_key(*other))
                .map(|other| format!("{name} stands above {other}, on which it depends")),
        );
        above.insert(name, reached);
    }
    complaints.extend(
        packages
            .keys()
            .filter(|name| !above.contains_key(*name))
            .map(|name| format!("{name} has no row")),
    );
    complaints
}

/// Names in backticks.
fn names(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| !name.ends_with('/'))
        .map(str::to_owned)
}

/// Every crate of the workspace by its short name, with those that it depends on.
fn packages(repository: &Repository) -> BTreeMap<String, BTreeSet<String>> {
    repository
        .files
        .iter()
        .filter(|file| file.ends_with("Cargo.toml"))
        .filter_map(|file| fs::read_to_string(repository.root.join(file)).ok())
        .filter_map(|text| {
            let (_, package) = text.split_once("[package]\nname = \"")?;
            let name = short(package.split_once('"')?.0)?;
            let dependencies = text.split("\n[").find(|part| part.starts_with("dependencies]"));
            let dependencies = dependencies
                .unwrap_or_default()
                .lines()
                .filter_map(short)
                .collect();
            (name != "benches" && name != "fuzz").then_some((name, dependencies))
        })
        .collect()
}

/// What follows `tilesim-` at the beginning of a line, up to whatever is no part of a name; the library has nothing behind it.
fn short(line: &str) -> Option<String> {
    let rest = line.strip_prefix("tilesim")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let name: String = rest
        .chars()
        .take_while(|character| character.is_ascii_lowercase() || *character == '-')
        .collect();
    Some(if name.is_empty() {
        "tilesim".to_owned()
    } else {
        name
    })
}
