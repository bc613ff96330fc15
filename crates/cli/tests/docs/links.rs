//! Links: to files of the repository, and to headings of pages.

use crate::{
    markdown::Page,
    repository::{Repository, beside},
};

/// Links of a page that lead nowhere.
pub(crate) fn complaints(repository: &Repository, page: &Page) -> Vec<String> {
    page.links()
        .into_iter()
        .filter(|(_, target)| !target.contains("://") && !target.starts_with("mailto:"))
        .filter(|(_, target)| !leads_somewhere(repository, page, target))
        .map(|(line, target)| format!("{}:{line}: nothing is at {target}", page.name))
        .collect()
}

fn leads_somewhere(repository: &Repository, page: &Page, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let linked = if path.is_empty() {
        page.name.clone()
    } else {
        match beside(page, path) {
            Some(linked) => linked,
            None => return false,
        }
    };
    if anchor.is_empty() {
        return repository.root.join(&linked).exists();
    }
    repository
        .page(&linked)
        .is_some_and(|page| page.anchors().iter().any(|known| known == anchor))
}
