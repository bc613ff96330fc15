//! What is asked why: something to run, or the result of an earlier run.

use tilesim_difference::Account;
use tilesim_report::{RunResult, training::TrainingResult};

use crate::{
    Error, MachineVariant, ModelReference, ModelSource, Network, RunOptions, Setting, Simulation, Simulator,
    Subject, Training, read_update, system,
};

/// One of two runs whose difference is asked for.
#[derive(Debug, Clone)]
pub enum WhySubject {
    /// An inference to run.
    Simulation(Box<Simulation>),
    /// A weight update to run.
    Training(Box<Training>),
    /// The result of an inference.
    Result(Box<RunResult>),
    /// The result of a weight update.
    Update(Box<TrainingResult>),
}

/// The result of a subject.
pub(super) enum Answer {
    Run(Box<RunResult>),
    Update(Box<TrainingResult>),
}

/// A change of what is run.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// A setting.
    Set(Setting),
    /// Another machine.
    Machine(MachineVariant),
    /// Another network.
    Network(Network),
}

impl WhySubject {
    /// What a text stands for: the inference of a model, `NAME|SPEC.json|NET.onnx|RESULT.json[@MACHINE[:KEY=VALUE,…]]`, or the result of an
    /// earlier run.
    ///
    /// # Errors
    /// As [`Subject::of`].
    pub fn of(text: &str, options: &RunOptions) -> Result<Self, Error> {
        if let Some(update) = saved_update(text)? {
            return Ok(Self::Update(Box::new(update)));
        }
        Ok(Subject::of(text, options)?.into())
    }

    /// What two texts stand for under the options of a command. Shapes of inputs are for the ONNX files among them.
    ///
    /// # Errors
    /// As [`Subject::of`].
    pub fn pair(a: &str, b: &str, options: &RunOptions) -> Result<(Self, Self), Error> {
        let texts = [a.to_owned(), b.to_owned()];
        match (saved_update(a)?, saved_update(b)?) {
            (None, None) => {
                let mut subjects = Subject::all(&texts, options)?.into_iter();
                match (subjects.next(), subjects.next()) {
                    (Some(a), Some(b)) => Ok((a.into(), b.into())),
                    _ => Err(Error::argument(a, "stands for nothing", "a model")),
                }
            }
            _ => Ok((Self::of(a, options)?, Self::of(b, options)?)),
        }
    }

    /// The weight update of a text: of a model on `system`; without one, of a system that names its network, or else of a model on one
    /// chip; or the result of an earlier update.
    ///
    /// # Errors
    /// As [`Training::with_options`].
    pub fn training(text: &str, system: Option<&str>, options: &RunOptions) -> Result<Self, Error> {
        if let Some(update) = saved_update(text)? {
            return Ok(Self::Update(Box::new(update)));
        }
        let training = if system.is_none() && system::is_system(text) {
            Training::with_options(None, Some(text), options)?
        } else {
            Training::with_options(Some(text), system, options)?
        };
        Ok(Self::Training(Box::new(training)))
    }

    /// The result.
    pub(super) fn answer(&self, simulator: &Simulator) -> Result<Answer, Error> {
        Ok(match self {
            Self::Simulation(simulation) => Answer::Run(Box::new(simulation.result(simulator)?)),
            Self::Training(training) => Answer::Update(Box::new(training.run(simulator)?)),
            Self::Result(result) => Answer::Run(result.clone()),
            Self::Update(result) => Answer::Update(result.clone()),
        })
    }

    /// Whether it was run before: then there is nothing to run otherwise.
    pub(super) const fn is_read(&self) -> bool {
        matches!(self, Self::Result(_) | Self::Update(_))
    }

    /// The same, changed.
    pub(super) fn changed(&self, changes: &[Change]) -> Result<Self, Error> {
        let mut changed = self.clone();
        for change in changes {
            changed = changed.with(change)?;
        }
        Ok(changed)
    }

    fn with(self, change: &Change) -> Result<Self, Error> {
        Ok(match (self, change) {
            (Self::Simulation(simulation), Change::Set(setting)) => {
                Self::Simulation(Box::new(simulation.set(&setting.key, &setting.value)?))
            }
            (Self::Simulation(simulation), Change::Machine(machine)) => {
                Self::Simulation(Box::new(simulation.machine(machine.clone())?))
            }
            (Self::Simulation(simulation), Change::Network(network)) => {
                Self::Simulation(Box::new(simulation.with_network(network.clone())))
            }
            (Self::Training(training), Change::Set(setting)) => {
                Self::Training(Box::new(training.set_all(std::slice::from_ref(setting))?))
            }
            (Self::Training(training), Change::Machine(machine)) => {
                Self::Training(Box::new(training.machine(machine.clone())?))
            }
            (Self::Training(training), Change::Network(network)) => {
                Self::Training(Box::new(training.with_network(network.clone())))
            }
            (read @ (Self::Result(_) | Self::Update(_)), _) => read,
        })
    }

    /// Its network, where it can be run.
    pub(super) fn network(&self) -> Option<&Network> {
        match self {
            Self::Simulation(simulation) => Some(simulation.network()),
            Self::Training(training) => Some(training.network()),
            Self::Result(_) | Self::Update(_) => None,
        }
    }

    /// Its machine, where it can be run.
    pub(super) fn machine(&self) -> Option<&MachineVariant> {
        match self {
            Self::Simulation(simulation) => Some(simulation.machine_variant()),
            Self::Training(training) => Some(training.machine_variant()),
            Self::Result(_) | Self::Update(_) => None,
        }
    }
}

impl From<Subject> for WhySubject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Simulation(simulation) => Self::Simulation(simulation),
            Subject::Result(result) => Self::Result(result),
        }
    }
}

impl Answer {
    /// As it is taken apart.
    pub(super) fn account(&self, label: &str) -> Account {
        match self {
            Self::Run(result) => Account::of_run(result, label),
            Self::Update(result) => Account::of_update(result, label),
        }
    }
}

impl Change {
    /// The change as settings.
    pub(super) fn texts(&self) -> Vec<String> {
        let whole = |key: &str, name: &str, overrides: &[String]| {
            let mut texts = vec![format!("{key}={name}")];
            texts.extend(overrides.iter().cloned());
            texts
        };
        match self {
            Self::Set(setting) => vec![setting.to_string()],
            Self::Machine(machine) => whole("machine", &machine.machine().name, machine.overrides()),
            Self::Network(network) => whole("network", network.name(), network.overrides()),
        }
    }
}

/// The result of a weight update, where a text names one.
fn saved_update(text: &str) -> Result<Option<TrainingResult>, Error> {
    let reference = ModelReference::parse(text)?;
    match &reference.source {
        ModelSource::File(path) if reference.machine.is_none() && reference.settings.is_empty() => {
            read_update(path)
        }
        _ => Ok(None),
    }
}

/// Names that tell two weight updates apart.
pub(super) fn update_labels(a: &TrainingResult, b: &TrainingResult) -> Vec<String> {
    let systems = a.system.name != b.system.name || a.system.overrides != b.system.overrides;
    let machines = a.machine.name != b.machine.name || a.machine.overrides != b.machine.overrides;
    let releases = a.system.software != b.system.software;
    let name = |result: &TrainingResult| {
        let mut words = vec![result.model.name.clone()];
        words.extend(result.model.overrides.iter().cloned());
        if systems {
            words.push(format!("on {}", result.system.name));
            words.extend(result.system.overrides.iter().cloned());
        }
        if machines {
            words.push(result.machine.name.clone());
            words.extend(result.machine.overrides.iter().cloned());
        }
        if releases {
            words.push(result.system.software.clone());
        }
        words.join(" ")
    };
    vec![name(a), name(b)]
}
