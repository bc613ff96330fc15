//! Networks: by name, from files, from specifications, or built in code.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use tilesim_graph::{Graph, GraphError, theoretical_cost};
use tilesim_models::{ModelSpec, bundled_text};
use tilesim_onnx::{Bindings, OnnxError, OnnxFile};
use tilesim_report::{ModelSection, Theoretical};

use crate::{
    Error, InputShape, MachineVariant, ModelReference, ModelSource, Setting, Simulation, Simulator,
    file::FileReader,
};

/// What makes the graph of a batch.
type GraphSource = dyn Fn(u64) -> Result<Graph, GraphError> + Send + Sync;

/// What a network is built from.
#[derive(Clone)]
pub enum Definition {
    /// Its specification, changes included.
    Spec(ModelSpec),
    /// A file that is read once, whatever batches it is built for.
    Onnx {
        /// The file.
        path: PathBuf,
        /// What it holds.
        file: Arc<OnnxFile>,
        /// Shapes of its inputs that are given, by name.
        shapes: BTreeMap<String, Vec<u64>>,
    },
    /// Code that builds its graph.
    Code(Arc<GraphSource>),
}

impl fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spec(spec) => formatter.debug_tuple("Spec").field(spec).finish(),
            Self::Onnx { path, .. } => formatter
                .debug_struct("Onnx")
                .field("path", path)
                .finish_non_exhaustive(),
            Self::Code(_) => formatter.write_str("Code"),
        }
    }
}

/// A network, and how it came to be.
///
/// ```
/// use tilesim::Network;
///
/// let mut network = Network::load("efficientnet-b0-g1")?;
/// network.set("group_size", 16)?;
/// assert_eq!(network.overrides(), ["group_size=16"]);
/// assert!(network.theoretical()?.macs > Network::load("efficientnet-b0-g1")?.theoretical()?.macs);
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Network {
    definition: Definition,
    name: String,
    overrides: Vec<String>,
}

impl Network {
    /// A network by its bundled name, or from a file: a specification (`my.json`) or ONNX (`my.onnx`), with settings after an `@`
    /// (`resnet50@:resolution=160`).
    ///
    /// # Errors
    /// Where there is none of that name, or the file holds none; [`Error::Argument`] where the text asks for a machine too.
    pub fn load(text: &str) -> Result<Self, Error> {
        Self::load_with(text, &[])
    }

    /// As [`Network::load`], with `settings` before those of the text.
    ///
    /// # Errors
    /// As [`Network::load`], and settings that the network does not have.
    pub fn load_with(text: &str, settings: &[Setting]) -> Result<Self, Error> {
        let reference = ModelReference::parse(text)?;
        if let Some(machine) = &reference.machine {
            return Err(Error::argument(
                text,
                format!("no machine is asked for, but `{machine}` given"),
                "MODEL or MODEL@:KEY=VALUE,…",
            ));
        }
        Self::changed(&reference.source, settings.iter().chain(&reference.settings))
    }

    /// The network of a source.
    ///
    /// # Errors
    /// As [`Network::load`].
    pub fn from_source(source: &ModelSource) -> Result<Self, Error> {
        Self::read(source, &FileReader::default())
    }

    /// As [`Network::from_source`], with a reader that keeps what it read.
    pub(crate) fn read(source: &ModelSource, files: &FileReader) -> Result<Self, Error> {
        let definition = match source {
            ModelSource::Name(name) => Definition::Spec(ModelSpec::load(name)?),
            ModelSource::File(path) => {
                let text = files.text(path)?;
                Definition::Spec(ModelSpec::from_json(&text, &path.display().to_string())?)
            }
            ModelSource::Onnx(path) => Definition::Onnx {
                path: path.clone(),
                file: Arc::new(files.onnx(path)?),
                shapes: BTreeMap::new(),
            },
        };
        Ok(Self {
            definition,
            name: source.name(),
            overrides: Vec::new(),
        })
    }

    /// The network of a specification as JSON.
    ///
    /// # Errors
    /// Where the text is no specification.
    pub fn from_json(name: &str, text: &str) -> Result<Self, Error> {
        Ok(Self::from_spec(name, ModelSpec::from_json(text, name)?))
    }

    /// The network of a specification.
    pub fn from_spec(name: &str, spec: ModelSpec) -> Self {
        Self {
            definition: Definition::Spec(spec),
            name: name.to_owned(),
            overrides: Vec::new(),
        }
    }

    /// The network of an ONNX model in memory.
    ///
    /// # Errors
    /// Where the bytes are no model that can be imported.
    pub fn from_onnx(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let path = PathBuf::from(name);
        let file = OnnxFile::from_bytes(name, bytes).map_err(Error::onnx(&path))?;
        Ok(Self {
            definition: Definition::Onnx {
                path,
                file: Arc::new(file),
                shapes: BTreeMap::new(),
            },
            name: name.to_owned(),
            overrides: Vec::new(),
        })
    }

    /// A network that code builds, for any batch.
    ///
    /// ```
    /// use tilesim::{Network, graph::{Activation, ElementType, GraphBuilder, LayerKind}};
    ///
    /// let network = Network::from_code("gate", |batch| {
    ///     let mut builder = GraphBuilder::new("gate", ElementType::F16);
    ///     builder.layer("gate", "gate", LayerKind::Elementwise);
    ///     let x = builder.input("x", vec![batch, 16], ElementType::F16)?;
    ///     let y = builder.activation("y", Activation::Sigmoid, x)?;
    ///     builder.finish(vec![y])
    /// });
    /// assert_eq!(network.graph(4)?.ops.len(), 1);
    /// # Ok::<(), tilesim::Error>(())
    /// ```
    pub fn from_code(
        name: &str,
        build: impl Fn(u64) -> Result<Graph, GraphError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            definition: Definition::Code(Arc::new(build)),
            name: name.to_owned(),
            overrides: Vec::new(),
        }
    }

    /// The network of a source, changed.
    pub(crate) fn changed<'a>(
        source: &ModelSource,
        settings: impl IntoIterator<Item = &'a Setting>,
    ) -> Result<Self, Error> {
        let mut network = Self::from_source(source)?;
        for setting in settings {
            network.apply(setting)?;
        }
        Ok(network)
    }

    /// Changes a setting of the network, such as `group_size` or `resolution`.
    ///
    /// # Errors
    /// Where the network has no such setting, or it cannot take that value; an ONNX file or code states all of its network.
    pub fn set(&mut self, key: &str, value: impl fmt::Display) -> Result<(), Error> {
        self.apply(&Setting::new(key, value))
    }

    /// As [`Network::set`].
    pub(crate) fn apply(&mut self, setting: &Setting) -> Result<(), Error> {
        match &mut self.definition {
            Definition::Spec(spec) => spec.set(&setting.key, &setting.value)?,
            Definition::Onnx { .. } => {
                return Err(states_all(setting, "an ONNX file states all of its network"));
            }
            Definition::Code(_) => return Err(states_all(setting, "its code states all of the network")),
        }
        self.overrides.push(setting.to_string());
        Ok(())
    }

    /// What it is built from, changes included.
    pub const fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Its name: the bundled one, or the file's without its extension.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was changed of the named network, as `key=value`.
    pub fn overrides(&self) -> &[String] {
        &self.overrides
    }

    /// The graph of `batch` samples as its definition states it, norms not folded.
    ///
    /// # Errors
    /// Where the definition describes no network.
    pub fn graph(&self, batch: u64) -> Result<Graph, Error> {
        match &self.definition {
            Definition::Spec(spec) => {
                tilesim_models::build(spec, batch).map_err(|source| Error::Specification {
                    name: self.name.clone(),
                    source: Box::new(source),
                })
            }
            Definition::Onnx { path, file, shapes } => {
                let bindings = Bindings {
                    batch: Some(batch),
                    shapes: shapes.clone(),
                };
                Ok(file.import_bound(&bindings).map_err(Error::onnx(path))?.graph)
            }
            Definition::Code(build) => Ok(build(batch)?),
        }
    }

    /// Images at a time where nobody says how many: those that an ONNX file states, or a shape that its input is given; else 1.
    ///
    /// # Errors
    /// Where the inputs of a file are none that can be fed.
    pub fn batch(&self) -> Result<u64, Error> {
        match &self.definition {
            Definition::Spec(_) | Definition::Code(_) => Ok(1),
            Definition::Onnx { path, file, shapes } => file.batch(shapes).map_err(Error::onnx(path)),
        }
    }

    /// Gives an input of an ONNX file a shape, where the file leaves sizes open.
    ///
    /// # Errors
    /// Where the file has no such input, or several and the shape says not which; a specification or code states its inputs.
    pub fn bind(&mut self, input: &InputShape) -> Result<(), Error> {
        let Definition::Onnx { file, shapes, .. } = &mut self.definition else {
            return Err(Error::argument(
                &input.to_string(),
                format!("`{}` states the shape of its input", self.name),
                "an ONNX file, or a setting of the network such as `resolution=160`",
            ));
        };
        let name = input_name(&input.to_string(), input.name.as_deref(), &file.inputs())?;
        shapes.insert(name, input.sizes.clone());
        Ok(())
    }

    /// Names of the inputs, where a file states them.
    pub(crate) fn input_names(&self) -> Option<Vec<String>> {
        match &self.definition {
            Definition::Spec(_) | Definition::Code(_) => None,
            Definition::Onnx { file, .. } => Some(file.inputs().into_iter().map(str::to_owned).collect()),
        }
    }

    /// Names of the outputs of a graph of this network: those that its file gives them, or else those of the graph.
    pub(crate) fn output_names(&self, graph: &Graph) -> Vec<String> {
        match &self.definition {
            Definition::Spec(_) | Definition::Code(_) => graph
                .outputs
                .iter()
                .map(|&id| graph.tensor(id).name.clone())
                .collect(),
            Definition::Onnx { file, .. } => file.outputs().into_iter().map(str::to_owned).collect(),
        }
    }

    /// What the network costs in theory for one image.
    ///
    /// # Errors
    /// As [`Network::graph`].
    pub fn theoretical(&self) -> Result<Theoretical, Error> {
        let (graph, images) = match self.graph(1) {
            // A network that takes the batch of its file alone: its share of that.
            Err(Error::Onnx { source, .. }) if matches!(*source, OnnxError::Batch { .. }) => {
                let batch = self.batch()?;
                (self.graph(batch)?, batch)
            }
            graph => (graph?, 1),
        };
        let cost = theoretical_cost(&graph);
        Ok(Theoretical {
            macs: cost.macs / images,
            flops: cost.flops() / images,
            parameters: cost.parameters.trainable(),
            activation_elements: cost.activation_elements / images,
        })
    }

    /// Whether the network can be had for other batches than this one.
    pub(crate) fn takes_other_batches(&self, batch: u64) -> bool {
        match self.graph(batch.saturating_add(1)) {
            Err(Error::Onnx { source, .. }) => !matches!(*source, OnnxError::Batch { .. }),
            _ => true,
        }
    }

    /// Why `simulate` cannot take this network though it has a cost: the first operator that lowering has no steps for. Networks that
    /// are bundled, and operators that the planner finds no plan for, are not asked about.
    ///
    /// # Errors
    /// As [`Network::graph`].
    pub fn not_simulated(&self) -> Result<Option<String>, Error> {
        if !matches!(self.definition, Definition::Onnx { .. }) {
            return Ok(None);
        }
        // What has steps does not depend on the machine; plans for a single tile with room for everything are found at once.
        let machine = MachineVariant::load("mk2")?
            .with("tiles", 1)?
            .with("tile_memory_bytes", u64::from(u32::MAX))?;
        let lowered = Simulation::new(self.clone(), machine).lower(&Simulator::forgetful());
        match lowered {
            Err(Error::Lower(error @ tilesim_lower::LowerError::Unsupported { .. })) => {
                Ok(Some(error.to_string()))
            }
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// The network as results state it.
    pub(crate) fn section(&self) -> ModelSection {
        ModelSection {
            name: self.name.clone(),
            overrides: self.overrides.clone(),
        }
    }
}

/// The input that is meant: the one of that name, or the only one where none is named.
pub(crate) fn input_name(text: &str, name: Option<&str>, inputs: &[&str]) -> Result<String, Error> {
    let names = || {
        let names = inputs.iter().map(|name| format!("`{name}`"));
        names.collect::<Vec<_>>().join(", ")
    };
    match (name, inputs) {
        (Some(name), inputs) if inputs.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(Error::argument(
            text,
            format!("the network has no input `{name}`"),
            names(),
        )),
        (None, &[input]) => Ok(input.to_owned()),
        (None, _) => Err(Error::argument(
            text,
            format!("the network has {} inputs, and none is named", inputs.len()),
            format!("one of {}, and what it is given behind `=`", names()),
        )),
    }
}

fn states_all(setting: &Setting, reason: &str) -> Error {
    Error::argument(
        &setting.to_string(),
        reason,
        "`batch`, `precision` and settings of the machine",
    )
}

impl ModelSource {
    /// What the network of a source is called: the bundled name, or the file's without its extension.
    pub fn name(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::File(path) | Self::Onnx(path) => path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        }
    }
}

/// The specification of a bundled network, as text: one to start from.
///
/// # Errors
/// Where no network of that name is bundled, with the nearest names.
pub fn specification(name: &str) -> Result<&'static str, Error> {
    match bundled_text(name) {
        Some(text) => Ok(text),
        // Loading fails with a message that names what is close.
        None => Err(match ModelSpec::load(name) {
            Err(error) => error.into(),
            Ok(_) => Error::argument(name, "is not bundled", "the name of a bundled network"),
        }),
    }
}
