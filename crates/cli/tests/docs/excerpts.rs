//! Code in pages: the compiler has seen it where it comes from.

use std::fs;

use crate::{
    markdown::{Mark, Page},
    repository::Repository,
};

/// Lines of excerpts that their source has not, and Rust that comes from nowhere. What Rust the page of a package has is compiled with
/// the package.
pub(crate) fn complaints(repository: &Repository, page: &Page) -> Vec<String> {
    let mut complaints = Vec::new();
    for fence in &page.fences {
        let source = fence.marks.iter().find_map(|mark| match mark {
            Mark::From(file) => Some(file),
            _ => None,
        });
        let Some(source) = source else {
            if fence.language == "rust" && !is_of_package(repository, page) {
                complaints.push(format!(
                    "{}:{}: Rust that nothing compiles",
                    page.name, fence.line
                ));
            }
            continue;
        };
        let Ok(text) = fs::read_to_string(repository.root.join(source)) else {
            complaints.push(format!("{}:{}: there is no {source}", page.name, fence.line));
            continue;
        };
        let known: Vec<&str> = text
            .lines()
            .map(|line| line.trim_start_matches("//!").trim())
            .collect();
        for (index, line) in fence.lines.iter().enumerate() {
            if !known.contains(&line.trim()) {
                complaints.push(format!(
                    "{}:{}: is not in {source}: {line}",
                    page.name,
                    fence.line + index
                ));
            }
        }
    }
    complaints
}

/// Whether a page stands beside the manifest of a package.
fn is_of_package(repository: &Repository, page: &Page) -> bool {
    page.name
        .strip_suffix("README.md")
        .is_some_and(|folder| !folder.is_empty() && repository.has(&format!("{folder}Cargo.toml")))
}
