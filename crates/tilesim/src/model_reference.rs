//! A model as text: `NAME|SPEC.json|NET.onnx|RESULT.json[@MACHINE[:KEY=VALUE,…]]`.

use std::path::{Path, PathBuf};

use crate::{Error, Setting};

/// A model, with what is to be different for it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelReference {
    /// Name or file.
    pub source: ModelSource,
    /// Machine, where it is not that of the other models.
    pub machine: Option<String>,
    /// Settings of this model alone.
    pub settings: Vec<Setting>,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelSource {
    /// A bundled network.
    Name(String),
    /// A file: a network's specification or a result.
    File(PathBuf),
    /// A file: a network as ONNX.
    Onnx(PathBuf),
}

impl ModelReference {
    /// Reads `NAME|SPEC.json|NET.onnx|RESULT.json[@MACHINE[:KEY=VALUE,…]]`. An `@` in the name of a file that exists is no suffix.
    ///
    /// # Errors
    /// Where the text names no model, or what follows the `@` is no machine with settings.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_where(text, Path::is_file)
    }

    /// `is_file` says whether a path names a file.
    fn parse_where(text: &str, is_file: impl Fn(&Path) -> bool) -> Result<Self, Error> {
        let (source, suffix) = match text.rsplit_once('@') {
            Some((source, suffix)) if !is_file(Path::new(text)) => (source, Some(suffix)),
            _ => (text, None),
        };
        if source.is_empty() {
            return Err(Error::argument(text, "names no model", EXPECTED));
        }
        let (machine, settings) = match suffix {
            Some(suffix) => suffix_parts(text, suffix)?,
            None => (None, Vec::new()),
        };
        Ok(Self {
            source: model_source(source, is_file),
            machine,
            settings,
        })
    }
}

const EXPECTED: &str = "NAME, SPEC.json, NET.onnx or RESULT.json, and perhaps @MACHINE:KEY=VALUE,…";

fn suffix_parts(text: &str, suffix: &str) -> Result<(Option<String>, Vec<Setting>), Error> {
    let (machine, settings) = suffix.split_once(':').unwrap_or((suffix, ""));
    if machine.is_empty() && settings.is_empty() {
        return Err(Error::argument(text, "nothing follows the `@`", EXPECTED));
    }
    let settings = settings
        .split(',')
        .filter(|setting| !setting.is_empty())
        .map(|setting| {
            setting
                .parse()
                .map_err(|reason: String| Error::argument(text, reason, EXPECTED))
        })
        .collect::<Result<_, _>>()?;
    Ok(((!machine.is_empty()).then(|| machine.to_owned()), settings))
}

fn model_source(text: &str, is_file: impl Fn(&Path) -> bool) -> ModelSource {
    let path = Path::new(text);
    let has_extension = |expected: &str| path.extension().is_some_and(|extension| extension == expected);
    if has_extension("onnx") {
        return ModelSource::Onnx(path.to_owned());
    }
    let looks_like_a_file = has_extension("json") || text.contains(std::path::MAIN_SEPARATOR);
    if looks_like_a_file || is_file(path) {
        ModelSource::File(path.to_owned())
    } else {
        ModelSource::Name(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ModelReference, String> {
        ModelReference::parse_where(text, |path| path == Path::new("odd@name"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_alone() {
        let argument = parse("efficientnet-b0-g1").expect("a name");
        assert_eq!(
            argument.source,
            ModelSource::Name("efficientnet-b0-g1".to_owned())
        );
        assert_eq!((argument.machine, argument.settings), (None, Vec::new()));
    }

    #[test]
    fn a_machine_and_settings() {
        let argument = parse("resnet50@bow:batch=8,resolution=160").expect("all of it");
        assert_eq!(argument.machine.as_deref(), Some("bow"));
        let settings: Vec<String> = argument.settings.iter().map(ToString::to_string).collect();
        assert_eq!(settings, ["batch=8", "resolution=160"]);
        assert_eq!(parse("resnet50@:batch=8").expect("no machine").machine, None);
    }

    #[test]
    fn files() {
        assert_eq!(
            parse("my/spec.json").expect("a file").source,
            ModelSource::File("my/spec.json".into())
        );
        assert_eq!(
            parse("my/network.onnx").expect("a file").source,
            ModelSource::Onnx("my/network.onnx".into())
        );
        assert_eq!(
            parse("odd@name").expect("a file").source,
            ModelSource::File("odd@name".into())
        );
    }

    #[test]
    fn mistakes() {
        for text in ["", "@bow", "resnet50@", "resnet50@bow:batch", "resnet50@bow:=3"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
