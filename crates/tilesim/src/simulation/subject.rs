//! What the text of a model stands for.

use tilesim_report::RunResult;

use super::{RunOptions, Simulation};
use crate::{Error, ModelReference, ModelSource, Progress, RunRecord, Simulator, read_result};

/// What is asked for beside a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The largest batch that fits.
    pub largest_batch: bool,
    /// What files are made of.
    pub details: bool,
}

/// What the text of a model stands for.
#[derive(Debug, Clone)]
pub enum Subject {
    /// Something to run.
    Simulation(Box<Simulation>),
    /// The result of an earlier run.
    Result(Box<RunResult>),
}

impl Subject {
    /// What a text stands for under the options of a command.
    ///
    /// # Errors
    /// As [`Simulation::of`], and of a file that claims to be a result and is not.
    pub fn of(text: &str, options: &RunOptions) -> Result<Self, Error> {
        let reference = ModelReference::parse(text)?;
        if let ModelSource::File(path) = &reference.source
            && let Some(result) = read_result(path)?
        {
            if reference.machine.is_some() || !reference.settings.is_empty() {
                return Err(Error::argument(
                    text,
                    "a result cannot be changed",
                    "RESULT.json without `@`",
                ));
            }
            return Ok(Self::Result(Box::new(result)));
        }
        let simulation = Simulation::of_reference(text, &reference, options)?;
        Ok(Self::Simulation(Box::new(simulation)))
    }

    /// What several texts stand for under the options of a command. Shapes of inputs are for the ONNX files among them.
    ///
    /// # Errors
    /// As [`Subject::of`].
    pub fn all(texts: &[String], options: &RunOptions) -> Result<Vec<Self>, Error> {
        let is_onnx = |text: &&String| {
            ModelReference::parse(text)
                .is_ok_and(|reference| matches!(reference.source, ModelSource::Onnx(_)))
        };
        let without_shapes = RunOptions {
            input_shapes: Vec::new(),
            ..options.clone()
        };
        let has_onnx = texts.iter().any(|text| is_onnx(&text));
        let options_of = |text| {
            if is_onnx(&text) || !has_onnx {
                options
            } else {
                &without_shapes
            }
        };
        texts
            .iter()
            .map(|text| Self::of(text, options_of(text)))
            .collect()
    }

    /// The result with what else was asked for: the largest batch that fits, and what files are made of. A result that was read is as it is.
    ///
    /// # Errors
    /// As [`Simulation::run`] and [`Simulation::largest_batch`].
    pub fn record(
        self,
        wanted: Wanted,
        simulator: &Simulator,
        progress: &dyn Progress,
    ) -> Result<RunRecord, Error> {
        let simulation = match self {
            Self::Result(result) => return Ok(RunRecord::from(*result)),
            Self::Simulation(simulation) => simulation,
        };
        let mut record = if wanted.details {
            simulation.run(simulator)?.record()?
        } else {
            simulation.result(simulator)?.into()
        };
        if wanted.largest_batch {
            let largest = simulation.largest_batch(&record.result, simulator, progress)?;
            record.result.memory.largest_batch = Some(largest);
        }
        Ok(record)
    }

    /// What is to be run.
    ///
    /// # Errors
    /// Where `text` stands for a result.
    pub fn simulation(text: &str, options: &RunOptions) -> Result<Simulation, Error> {
        match Self::of(text, options)? {
            Self::Simulation(simulation) => Ok(*simulation),
            Self::Result(_) => Err(Error::argument(
                text,
                "this is a result already",
                "NAME, SPEC.json or NET.onnx",
            )),
        }
    }
}
