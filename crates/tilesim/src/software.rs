//! Releases of compiler and libraries: by name, or from files.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_machine::software::{self, LoadedSoftware, bundled_software, newest_software};

use crate::{
    Error,
    file::{self, FileReader},
    machine::ExplainedValue,
};

/// A release in a line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SoftwareSummary {
    /// Name.
    pub name: String,
    /// What it is, in one line.
    pub description: String,
}

/// The answer of `machines NAME`, where that is a release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SoftwareExplanation {
    /// Version of this format.
    pub schema: &'static str,
    /// The release in a line.
    pub summary: SoftwareSummary,
    /// What it does, each with its source.
    pub values: Vec<ExplainedValue>,
}

/// A bundled release, or one from a file.
pub(crate) fn load(name: &str) -> Result<LoadedSoftware, Error> {
    read(name, &FileReader::default())
}

/// As [`load`], with a reader that keeps what it read.
pub(crate) fn read(name: &str, files: &FileReader) -> Result<LoadedSoftware, Error> {
    if !file::is_json(name) {
        return Ok(software::load(name)?);
    }
    let text = files.text(Path::new(name))?;
    Ok(software::parse(&text, name)?)
}

/// The release with which a network runs where nothing is said: the newest.
pub(crate) fn usual() -> Result<LoadedSoftware, Error> {
    load(newest_software())
}

/// Whether a name is that of a bundled release, or a file that describes one. What is wrong with a file is for who reads it to say.
pub fn is_software(name: &str) -> bool {
    if !file::is_json(name) {
        return bundled_software().contains(&name);
    }
    let file = file::first_value(Path::new(name));
    file.pointer("/values/swish").is_some()
}

/// The bundled releases, the oldest first.
pub(crate) fn bundled() -> Result<Vec<SoftwareSummary>, Error> {
    bundled_software()
        .into_iter()
        .map(|name| load(name).map(|loaded| summary(&loaded)))
        .collect()
}

/// What a release does, each property with its source.
///
/// # Errors
/// Where there is no release of that name, or what is wrong with its file.
pub fn software_explanation(name: &str) -> Result<SoftwareExplanation, Error> {
    let loaded = load(name)?;
    Ok(SoftwareExplanation {
        schema: "tilesim-software/1",
        summary: summary(&loaded),
        values: loaded
            .properties
            .iter()
            .map(|property| ExplainedValue {
                key: property.key.to_owned(),
                value: property.value.clone(),
                unit: String::new(),
                meaning: property.meaning.to_owned(),
                source: property.source.clone(),
            })
            .collect(),
    })
}

fn summary(loaded: &LoadedSoftware) -> SoftwareSummary {
    SoftwareSummary {
        name: loaded.name.clone(),
        description: loaded.description.clone(),
    }
}
