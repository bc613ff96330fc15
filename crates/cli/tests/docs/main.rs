//! What the documentation says: its links lead somewhere, files and names that it mentions exist, its commands run.
//!
//! What a page's commands need, its own fences write (`<!-- file: NAME -->` before a fence) or the reference data give
//! (`<!-- shared: FOLDER/FILE as NAME, … -->`). Other marks before a fence: `<!-- not run: WHY -->`, whose commands are checked by
//! form alone; `<!-- printed -->`, every line of which the command before must have printed; `<!-- from: FILE -->`, an excerpt of a source,
//! every line of which stands there. A command that ends in `# exit code N` is expected to.

mod code_map;
mod excerpts;
mod form;
mod links;
mod markdown;
mod names;
mod repository;
mod running;
mod shell;

use std::collections::BTreeSet;

use crate::{markdown::Page, repository::Repository};

/// Fails with all complaints at once.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_link_leads_somewhere() {
    let repository = Repository::new();
    let complaints: Vec<String> = repository
        .pages()
        .iter()
        .flat_map(|page| links::complaints(&repository, page))
        .collect();
    none(&complaints);
}

#[test]
fn every_file_and_name_exists() {
    let repository = Repository::new();
    let complaints: Vec<String> = repository
        .pages()
        .iter()
        .flat_map(|page| names::complaints(&repository, page))
        .collect();
    none(&complaints);
}

#[test]
fn every_command_has_a_form_that_there_is() {
    let repository = Repository::new();
    let mut forms = form::Forms::new(&repository);
    let complaints: Vec<String> = repository
        .pages()
        .iter()
        .flat_map(|page| forms.complaints(page))
        .collect();
    none(&complaints);
}

#[test]
fn every_command_runs() {
    let repository = Repository::new();
    let complaints: Vec<String> = repository
        .pages()
        .iter()
        .flat_map(|page| running::complaints(&repository, page))
        .collect();
    none(&complaints);
}

#[test]
fn every_excerpt_is_that_of_its_source() {
    let repository = Repository::new();
    let complaints: Vec<String> = repository
        .pages()
        .iter()
        .flat_map(|page| excerpts::complaints(&repository, page))
        .collect();
    none(&complaints);
}

#[test]
fn the_code_map_has_every_crate() {
    let repository = Repository::new();
    let page = repository.page("ARCHITECTURE.md").expect("a page");
    none(&code_map::complaints(&repository, &page));
}

/// The index of the documentation names every page of it.
#[test]
fn the_index_has_every_page() {
    let repository = Repository::new();
    let pages = repository.pages();
    let index = pages
        .iter()
        .find(|page| page.name == "docs/README.md")
        .expect("an index");
    let linked: BTreeSet<&str> = index.links().into_iter().map(|(_, target)| target).collect();
    let missing: Vec<&str> = pages
        .iter()
        .filter_map(|page: &Page| page.name.strip_prefix("docs/"))
        .filter(|name| *name != "README.md" && !linked.contains(name))
        .collect();
    assert!(missing.is_empty(), "docs/README.md does not link {missing:?}");
}
