//! Networks by name or from files, and what they cost in theory.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use tilesim_exec::{Tensor, Tensors};
use tilesim_graph::{Graph, LayerCost, TheoreticalCost, theoretical_cost};
use tilesim_models::{
    ModelSpec, build, bundled_text, describe_bundled,
    onnx::{OnnxFile, Weight, Weights},
};
use tilesim_report::{LayerKind, ModelSection, RESULT_SCHEMA, ReportError, RunResult, Theoretical};

use crate::{
    commands::{
        cost::{Cost, KindCost, LayerCost as LayerRow, Totals},
        models::Model,
    },
    console::Console,
    error::CliError,
    model_argument::ModelSource,
    run_request::Network,
    setting::Setting,
};

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

/// What a network costs in theory, taken apart.
pub(crate) fn cost(network: &Network, batch: u64) -> Result<Cost, CliError> {
    let cost = theoretical_cost(&graph(network, batch)?);
    Ok(Cost {
        schema: "tilesim-cost/1",
        model: section(network),
        batch,
        theoretical: theoretical(network)?,
        totals: totals(&cost),
        layer_kinds: cost
            .kinds()
            .into_iter()
            .map(|of_kind| {
                Ok(KindCost {
                    kind: published(of_kind.kind, of_kind.kind.name())?,
                    layers: of_kind.layers,
                    macs: of_kind.macs,
                    parameters: of_kind.parameters.trainable(),
                    output_elements: of_kind.output_elements,
                })
            })
            .collect::<Result<_, CliError>>()?,
        layers: cost.layers.iter().map(layer_row).collect::<Result<_, _>>()?,
    })
}

fn totals(cost: &TheoreticalCost) -> Totals {
    Totals {
        macs: cost.macs,
        flops: cost.flops(),
        elementwise_flops: cost.elementwise.flops,
        parameters: cost.parameters.trainable(),
        weights: cost.parameters.weights,
        biases: cost.parameters.biases,
        norm_parameters: cost.parameters.norms,
        statistics: cost.parameters.statistics,
        activation_elements: cost.activation_elements,
        input_elements: cost.input_elements,
        all_output_elements: cost.operator_output_elements,
        largest_tensor_elements: cost.largest_tensor_elements,
        activation_bytes: cost.activation_bytes,
    }
}

fn layer_row(layer: &LayerCost) -> Result<LayerRow, CliError> {
    Ok(LayerRow {
        name: layer.name.clone(),
        block: layer.block.clone(),
        kind: published(layer.kind, &layer.name)?,
        input: layer.input.clone(),
        output: layer.output.clone(),
        kernel: layer.kernel.clone(),
        stride: layer.stride.clone(),
        in_channels: layer.in_channels,
        out_channels: layer.out_channels,
        conv_groups: layer.conv_groups,
        group_size: layer.group_size,
        macs: layer.macs,
        macs_without_padding: layer.macs_without_padding,
        weights: layer.parameters.weights,
        biases: layer.parameters.biases,
        parameters: layer.parameters.trainable(),
        input_elements: layer.input_elements,
        output_elements: layer.output_elements,
        norm: layer.norm,
        activation: layer.activation,
        proxy: layer.proxy,
    })
}

/// The published kind of a layer.
fn published(kind: tilesim_graph::LayerKind, layer: &str) -> Result<LayerKind, CliError> {
    kind.name().parse().map_err(|source| {
        CliError::Report(ReportError::LayerKind {
            layer: layer.to_owned(),
            source,
        })
    })
}

/// The bundled networks.
pub(crate) fn bundled() -> Result<Vec<Model>, CliError> {
    Ok(describe_bundled()?
        .into_iter()
        .map(|network| Model {
            name: network.name,
            family: network.family,
            description: network.description,
            macs: network.macs,
            parameters: network.parameters,
        })
        .collect())
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
