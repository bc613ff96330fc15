//! What the text of a model stands for.

use tilesim_report::RunResult;

use super::{RunOptions, Simulation};
use crate::{Error, ModelReference, ModelSource, read_result};

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
