//! Files that a study depends on.

use std::path::{Path, PathBuf};

use tilesim_study::Points;

use crate::{Error, ModelReference, ModelSource};

/// Files that a study's settings name: what they hold is part of what its results depend on.
pub(super) fn files(points: &Points) -> Result<Vec<PathBuf>, Error> {
    let varied = points.keys().iter().enumerate().flat_map(|(index, key)| {
        points
            .values_of(index)
            .into_iter()
            .map(move |value| (key.as_str(), value))
    });
    let fixed = points.fixed().iter().map(|(key, value)| (key.as_str(), value));
    let mut files = Vec::new();
    for (key, value) in fixed.chain(varied) {
        let text = value.to_string();
        let path = match key {
            "model" => match ModelReference::parse(&text)?.source {
                ModelSource::Name(_) => continue,
                ModelSource::File(path) | ModelSource::Onnx(path) => path,
            },
            "machine" | "system" if Path::new(&text).is_file() => PathBuf::from(&text),
            _ => continue,
        };
        if !files.contains(&path) {
            files.push(path);
        }
    }
    Ok(files)
}
