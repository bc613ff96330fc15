//! Networks by name or from files, and what they cost in theory.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use tilesim_exec::{Tensor, Tensors};
use tilesim_graph::{Graph, theoretical_cost};
use tilesim_models::{
    ModelSpec, build, bundled_text,
    onnx::{OnnxFile, Weight, Weights},
};
use tilesim_report::{ModelSection, RESULT_SCHEMA, RunResult, Theoretical};

use crate::{console::Console, error::CliError, model_argument::ModelSource, setting::Setting};

/// What a network is built from.
#[derive(Debug, Clone)]
pub(crate) enum Definition {
    /// Its specification, changes included.
    Spec(ModelSpec),
    /// A file that is read once, whatever batches it is built for.
    Onnx {
        /// The file.
        path: PathBuf,
        /// What it holds.
        file: Arc<OnnxFile>,
    },
}

impl Definition {
    /// Changes a setting of the network.
    pub(crate) fn set(&mut self, setting: &Setting) -> Result<(), CliError> {
        match self {
            Self::Spec(spec) => Ok(spec.set(&setting.key, &setting.value)?),
            Self::Onnx { .. } => Err(CliError::argument(
                &setting.to_string(),
                "an ONNX file states all of its network",
                "`batch`, `precision` and settings of the machine",
            )),
        }
    }
}

/// A network, and how it came to be.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// What it is built from, changes included.
    pub(crate) definition: Definition,
    /// Its name.
    pub(crate) name: String,
    /// What was changed of the named network.
    pub(crate) overrides: Vec<String>,
}

/// What a source holds.
pub(crate) fn load(source: &ModelSource) -> Result<Definition, CliError> {
    match source {
        ModelSource::Name(name) => Ok(Definition::Spec(ModelSpec::load(name)?)),
        ModelSource::File(path) => {
            let text = fs::read_to_string(path).map_err(CliError::read(path))?;
            Ok(Definition::Spec(ModelSpec::from_json(
                &text,
                &path.display().to_string(),
            )?))
        }
        ModelSource::Onnx(path) => Ok(Definition::Onnx {
            path: path.clone(),
            file: Arc::new(OnnxFile::open(path).map_err(CliError::onnx(path))?),
        }),
    }
}

/// What the network of a source is called: the bundled name, or the file's without its extension.
pub(crate) fn name(source: &ModelSource) -> String {
    match source {
        ModelSource::Name(name) => name.clone(),
        ModelSource::File(path) | ModelSource::Onnx(path) => path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    }
}

/// The graph of a network as its definition states it, norms not folded.
pub(crate) fn graph(network: &Network, batch: u64) -> Result<Graph, CliError> {
    match &network.definition {
        Definition::Spec(spec) => build(spec, batch).map_err(|source| CliError::Specification {
            name: network.name.clone(),
            source,
        }),
        Definition::Onnx { path, file } => Ok(file.import(batch).map_err(CliError::onnx(path))?.graph),
    }
}

/// Values of the parameters of a network's graph, norms not folded: those of its file, or drawn from a seed.
pub(crate) fn weights(network: &Network, graph: &Graph, batch: u64, seed: u64) -> Result<Tensors, CliError> {
    match &network.definition {
        Definition::Spec(_) => Ok(tilesim_exec::seeded_weights(graph, seed)),
        Definition::Onnx { path, file } => {
            let model = file.import(batch).map_err(CliError::onnx(path))?;
            Ok(tensors(&model.weights))
        }
    }
}

/// Values of the parameters of a graph from an ONNX file whose network has the same structure.
///
/// Where the norms of the graph are folded, so are those of the file.
pub(crate) fn weights_of_file(
    path: &Path,
    graph: &Graph,
    folded: bool,
    batch: u64,
    console: &Console,
) -> Result<Tensors, CliError> {
    let file = OnnxFile::open(path).map_err(CliError::onnx(path))?;
    let model = file.import(batch).map_err(CliError::onnx(path))?;
    let (mut other, mut weights) = (model.graph, tensors(&model.weights));
    if folded {
        let unfolded = other;
        other = tilesim_graph::fold_batch_norm(&unfolded);
        weights = tilesim_exec::fold_batch_norm(&unfolded, &other, &weights);
    }
    let matched = tilesim_exec::match_weights(graph, &other, &weights);
    let matched = matched.map_err(|source| CliError::Weights {
        path: path.to_owned(),
        source,
    })?;
    if let Some((mine, theirs)) = matched.differing.first() {
        console.remark(&format!(
            "{}: its weights fit, but are trained for another network: {} operators differ from theirs in padding, stride or \
             epsilon, first `{mine}` from `{theirs}`",
            path.display(),
            matched.differing.len(),
        ));
    }
    Ok(matched.weights)
}

fn tensors(weights: &Weights) -> Tensors {
    let tensor = |weight: &Weight| Tensor {
        shape: weight.shape().to_vec(),
        values: weight.to_f32(),
    };
    weights
        .iter()
        .map(|(name, weight)| (name.to_owned(), tensor(weight)))
        .collect()
}

/// The network as results state it.
pub(crate) fn section(network: &Network) -> ModelSection {
    ModelSection {
        name: network.name.clone(),
        overrides: network.overrides.clone(),
    }
}

/// What a network costs in theory for one image.
pub(crate) fn theoretical(network: &Network) -> Result<Theoretical, CliError> {
    let cost = theoretical_cost(&graph(network, 1)?);
    Ok(Theoretical {
        macs: cost.macs,
        flops: cost.flops(),
        parameters: cost.parameters.trainable(),
        activation_elements: cost.activation_elements,
    })
}

/// The specification of a bundled network, as text.
pub(crate) fn specification(name: &str) -> Result<&'static str, CliError> {
    match bundled_text(name) {
        Some(text) => Ok(text),
        // Loading fails with a message that names what is close.
        None => Err(match ModelSpec::load(name) {
            Err(error) => error.into(),
            Ok(_) => CliError::argument(name, "is not bundled", "the name of a bundled network"),
        }),
    }
}

/// The schema of specifications.
pub(crate) fn schema() -> schemars::Schema {
    tilesim_models::schema()
}

/// The result that a file holds, or `None` where it does not claim to be one.
pub(crate) fn read_result(path: &Path) -> Result<Option<RunResult>, CliError> {
    /// What tells a result from a specification.
    #[derive(Deserialize)]
    struct Claim {
        schema: Option<String>,
    }
    let text = fs::read_to_string(path).map_err(CliError::read(path))?;
    let Ok(Claim { schema: Some(schema) }) = serde_json::from_str(&text) else {
        return Ok(None);
    };
    if schema != RESULT_SCHEMA {
        return Err(CliError::Result {
            path: path.to_owned(),
            line: 1,
            column: 1,
            field: "schema".to_owned(),
            reason: format!("`{schema}` is not `{RESULT_SCHEMA}`"),
        });
    }
    let deserializer = &mut serde_json::Deserializer::from_str(&text);
    let result: RunResult =
        serde_path_to_error::deserialize(deserializer).map_err(|error| CliError::Result {
            path: path.to_owned(),
            line: error.inner().line(),
            column: error.inner().column(),
            field: error.path().to_string(),
            reason: without_place(&error.inner().to_string()),
        })?;
    result.check().map_err(|source| CliError::UnsoundResult {
        path: path.to_owned(),
        source,
    })?;
    Ok(Some(result))
}

/// The message alone: the place stands before it already.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}
