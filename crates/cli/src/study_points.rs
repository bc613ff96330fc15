//! From a point of a study to its run, and from the result to its figures.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tilesim_machine::LoadedMachine;
use tilesim_report::{Mode, RunResult};
use tilesim_study::{Evaluation, Point, Points, Study};

use crate::{
    args::Precision,
    assertion::{fields, look_up},
    error::CliError,
    machines,
    model_argument::{ModelArgument, ModelSource},
    networks::{self, Definition},
    pipeline,
    run_request::{Network, RunRequest, batch_of, precision_of},
    setting::Setting,
};

/// Points at which metrics are looked for, before a study is given up for having no result.
const TRIALS: usize = 16;

/// Evaluates the points of a study.
pub(crate) struct Evaluator<'a> {
    study: &'a Study,
    points: &'a Points,
    networks: Mutex<BTreeMap<String, (Definition, String)>>,
    machines: Mutex<BTreeMap<String, LoadedMachine>>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of the points of `study`.
    pub(crate) fn new(study: &'a Study, points: &'a Points) -> Self {
        Self {
            study,
            points,
            networks: Mutex::default(),
            machines: Mutex::default(),
        }
    }

    /// An error where results have no such figures as the study asks for.
    pub(crate) fn check_metrics(&self) -> Result<(), CliError> {
        let Some(result) = self
            .points
            .iter()
            .take(TRIALS)
            .find_map(|point| self.result(&point).ok())
        else {
            return Ok(());
        };
        let result = serde_json::to_value(result)?;
        match self
            .study
            .metrics
            .iter()
            .find(|metric| look_up(&result, metric).is_none())
        {
            None => Ok(()),
            Some(metric) => Err(CliError::argument(
                metric,
                "results have no such figure",
                format!("a field of a result: {}", fields(&result).join(", ")),
            )),
        }
    }

    /// What becomes of a point. Whatever goes wrong is its result: a study of thousands goes on.
    pub(crate) fn evaluate(&self, point: &Point) -> Evaluation {
        let figures = || {
            let result = self.result(point)?;
            let value = serde_json::to_value(&result)?;
            let figure = |metric: &String| match look_up(&value, metric)? {
                serde_json::Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
                figure => figure.as_f64(),
            };
            Ok::<_, CliError>(Evaluation::Done {
                fits: result.memory.fits,
                metrics: self.study.metrics.iter().map(figure).collect(),
            })
        };
        // Nothing is shared with other points but caches, whose entries are whole.
        let reason = match catch_unwind(AssertUnwindSafe(figures)) {
            Ok(Ok(evaluation)) => return evaluation,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the simulator broke down".to_owned(),
        };
        Evaluation::Failed { reason }
    }

    fn result(&self, point: &Point) -> Result<RunResult, CliError> {
        pipeline::run(&self.request(point)?)
    }

    fn request(&self, point: &Point) -> Result<RunRequest, CliError> {
        let mut model = None;
        let mut machine = "mk2".to_owned();
        let mut request = Choices::default();
        let (mut of_machine, mut of_network) = (Vec::new(), Vec::new());
        for (key, value) in self.points.settings(point) {
            let setting = Setting {
                key: key.to_owned(),
                value: value.to_string(),
            };
            match key {
                "model" => model = Some(setting.value),
                "machine" => machine = setting.value,
                _ if setting.machine_key().is_some() => of_machine.push(setting),
                _ => {
                    if !request.set(&setting)? {
                        of_network.push(setting);
                    }
                }
            }
        }
        let model = model.ok_or_else(|| {
            CliError::argument("model", "is not set", "a key `model` in `fixed` or in an axis")
        })?;
        let (definition, name) = self.network(&model)?;
        let network = changed(definition, name, &of_network)?;
        let (machine, machine_overrides) = self.machine(&machine, &of_machine)?;
        Ok(RunRequest {
            network,
            machine_values: Vec::new(),
            machine: machine.machine,
            machine_overrides,
            mode: Mode::Inference,
            batch: request.batch,
            precision: request.precision,
            available_memory_proportion: request.available_memory_proportion,
            host_io: request.host_io,
            trace_tiles: Vec::new(),
        })
    }

    /// A network as it is called, read once.
    fn network(&self, text: &str) -> Result<(Definition, String), CliError> {
        let mut known = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = known.get(text) {
            return Ok(network.clone());
        }
        let argument = ModelArgument::parse(text, Path::is_file)?;
        if argument.machine.is_some() || !argument.settings.is_empty() {
            return Err(CliError::argument(
                text,
                "a network of a study stands without `@`",
                "NAME, SPEC.json or NET.onnx, and settings as keys of their own",
            ));
        }
        let network = (
            networks::load(&argument.source)?,
            networks::name(&argument.source),
        );
        known.insert(text.to_owned(), network.clone());
        Ok(network)
    }

    /// A machine as it is called, read once, with changes.
    fn machine(&self, name: &str, settings: &[Setting]) -> Result<(LoadedMachine, Vec<String>), CliError> {
        let mut known = self.machines.lock().unwrap_or_else(PoisonError::into_inner);
        let machine = if let Some(machine) = known.get(name) {
            machine.clone()
        } else {
            let machine = machines::load_with_sources(name)?;
            known.insert(name.to_owned(), machine.clone());
            machine
        };
        drop(known);
        machines::changed(machine, settings)
    }
}

fn changed(mut definition: Definition, name: String, settings: &[Setting]) -> Result<Network, CliError> {
    for setting in settings {
        definition.set(setting)?;
    }
    Ok(Network {
        definition,
        name,
        overrides: settings.iter().map(ToString::to_string).collect(),
    })
}

/// How a point is run, apart from network and machine.
struct Choices {
    batch: u64,
    precision: Precision,
    available_memory_proportion: f64,
    host_io: bool,
}

impl Default for Choices {
    /// As the commands' options.
    fn default() -> Self {
        Self {
            batch: 1,
            precision: Precision::F16F16,
            available_memory_proportion: 0.6,
            host_io: false,
        }
    }
}

impl Choices {
    /// Takes a setting of the run; false where it is none.
    fn set(&mut self, setting: &Setting) -> Result<bool, CliError> {
        let text = setting.to_string();
        match setting.key.as_str() {
            "batch" => self.batch = batch_of(&text, setting)?,
            "precision" => self.precision = precision_of(&text, setting)?,
            "available_memory_proportion" => {
                self.available_memory_proportion = setting
                    .value
                    .parse()
                    .ok()
                    .filter(|share| *share > 0.0 && *share <= 1.0)
                    .ok_or_else(|| CliError::argument(&text, "is no share", "a number above 0, at most 1"))?;
            }
            "host_io" => {
                self.host_io = setting
                    .value
                    .parse()
                    .map_err(|_| CliError::argument(&text, "is no truth value", "true or false"))?;
            }
            "mode" if setting.value == "inference" => {}
            "mode" => return Err(CliError::argument(&text, "is not simulated", "inference")),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Files that a study's settings name: what they hold is part of what its results depend on.
pub(crate) fn files(points: &Points) -> Result<Vec<PathBuf>, CliError> {
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
            "model" => match ModelArgument::parse(&text, Path::is_file)?.source {
                ModelSource::Name(_) => continue,
                ModelSource::File(path) | ModelSource::Onnx(path) => path,
            },
            "machine" if Path::new(&text).is_file() => PathBuf::from(&text),
            _ => continue,
        };
        if !files.contains(&path) {
            files.push(path);
        }
    }
    Ok(files)
}
