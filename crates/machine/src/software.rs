//! Releases of compiler and libraries: JSON in which every property stands with its source.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tilesim_bundled::SOFTWARE;
use tilesim_input::Known;
use tilesim_terms::{
    KernelLibrary, ScalarDivision, Software, SwishKernel, TranspositionKernel, VerticalMacKernel,
};

use crate::{MachineError, load::read_json};

/// What a release does, and where that is known from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected one of its choices, or an object with `value` and `source` alone"
)]
pub enum Property<T> {
    /// With its source: a citation, or `assumed: reason`.
    Sourced {
        /// The choice.
        value: T,
        /// Where it comes from; the file where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// The choice alone, as a user's file may give it.
    Bare(T),
}

/// The properties of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoftwareProperties {
    /// How swish and its gradient are computed.
    pub swish: Property<SwishKernel>,
    /// What the vertical multiply-accumulate kernel computes.
    pub vertical_mac: Property<VerticalMacKernel>,
    /// How workers share transpositions.
    pub transposition: Property<TranspositionKernel>,
    /// By what gradients are divided before an update.
    pub gradient_division: Property<ScalarDivision>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a release: an object with `name`, `description` and `values`"
)]
pub struct SoftwareFile {
    /// Name.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// What it does, by property.
    pub values: SoftwareProperties,
}

/// A property as `tilesim machines NAME` explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedProperty {
    /// Key.
    pub key: &'static str,
    /// The choice.
    pub value: String,
    /// Meaning.
    pub meaning: &'static str,
    /// Source.
    pub source: String,
}

/// A release and the sources of its properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedSoftware {
    /// Name, such as `sdk-2.0`.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// What it does.
    pub software: Software,
    /// Every property with its source.
    pub properties: Vec<ExplainedProperty>,
}

/// Names of the bundled releases, the oldest first.
pub fn bundled_software() -> Vec<&'static str> {
    SOFTWARE.names().collect()
}

/// Name of the newest bundled release: what runs where nothing is said.
pub fn newest_software() -> &'static str {
    bundled_software().last().copied().unwrap_or_default()
}

/// A bundled release.
///
/// # Errors
/// [`MachineError::UnknownSoftware`] with the nearest name.
pub fn load(name: &str) -> Result<LoadedSoftware, MachineError> {
    let text = SOFTWARE.text(name).ok_or_else(|| MachineError::UnknownSoftware {
        name: name.to_owned(),
        known: Known::beside(name, bundled_software()),
    })?;
    parse(text, name)
}

/// A release from the text of a file; `file` names it in errors.
///
/// # Errors
/// What is wrong, with file, line and property.
pub fn parse(text: &str, file: &str) -> Result<LoadedSoftware, MachineError> {
    let SoftwareFile {
        name,
        description,
        values,
    } = read_json(text, file)?;
    let mut properties = Vec::new();
    let software = Software {
        swish: values
            .swish
            .explained("swish", "swish and its gradient", file, &mut properties),
        gradient_division: values.gradient_division.explained(
            "gradient_division",
            "gradients divided before an update",
            file,
            &mut properties,
        ),
        kernels: KernelLibrary {
            vertical_mac: values.vertical_mac.explained(
                "vertical_mac",
                "the vertical kernel of convolutions",
                file,
                &mut properties,
            ),
            transposition: values.transposition.explained(
                "transposition",
                "transpositions of small matrices on a tile",
                file,
                &mut properties,
            ),
        },
    };
    Ok(LoadedSoftware {
        name,
        description,
        software,
        properties,
    })
}

impl<T: Copy + Serialize + DeserializeOwned> Property<T> {
    /// The choice, which goes to the others with its source; `file` is that of a bare one.
    fn explained(
        self,
        key: &'static str,
        meaning: &'static str,
        file: &str,
        properties: &mut Vec<ExplainedProperty>,
    ) -> T {
        let (value, source) = match self {
            Self::Sourced {
                value,
                source: Some(source),
            } => (value, source),
            Self::Sourced { value, source: None } | Self::Bare(value) => (value, format!("given in {file}")),
        };
        properties.push(ExplainedProperty {
            key,
            value: Name(&value).to_string(),
            meaning,
            source,
        });
        value
    }
}

/// A choice as files write it.
struct Name<'a, T>(&'a T);

impl<T: Serialize> fmt::Display for Name<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_value(self.0) {
            Ok(serde_json::Value::String(name)) => formatter.write_str(&name),
            _ => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_is_the_default() {
        let newest = load(newest_software()).expect("a bundled release");
        assert_eq!(newest.software, Software::default());
    }

    #[test]
    fn releases_differ_in_what_they_do_and_say_where_that_is_known_from() {
        let releases: Vec<_> = bundled_software()
            .into_iter()
            .map(|name| load(name).expect("a bundled release"))
            .collect();
        for release in &releases {
            assert_eq!(release.properties.len(), 4);
            assert!(
                release
                    .properties
                    .iter()
                    .all(|property| !property.source.is_empty())
            );
        }
        for pair in releases.windows(2) {
            assert_ne!(pair[0].software, pair[1].software, "{}", pair[1].name);
        }
        assert_eq!(releases[0].software.swish, SwishKernel::Composed);
        let said = &releases[0].properties[0];
        assert_eq!((said.key, said.value.as_str()), ("swish", "composed"));
    }

    #[test]
    fn what_is_wrong_with_a_release_is_said() {
        let unknown = load("sdk-2.o").expect_err("no release").to_string();
        assert!(unknown.contains("did you mean `sdk-2.0`"), "{unknown}");
        let text = r#"{"name": "mine", "description": "", "values": {"swish": "fast"}}"#;
        let wrong = parse(text, "mine.json").expect_err("no choice").to_string();
        assert!(wrong.contains("mine.json") && wrong.contains("swish"), "{wrong}");
    }
}
