//! Arrays that are given: inputs and references by name.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use tilesim_exec::{Tensor, Tensors, seeded_inputs};
use tilesim_graph::Graph;

use super::Archive;
use crate::{Error, InputShape, Simulation, network::input_name};

/// Arrays for inputs, or for outputs to be compared with.
#[derive(Debug, Clone)]
pub enum GivenArrays {
    /// One array.
    One {
        /// Name of the input or output; without one, the only input or the first output.
        name: Option<String>,
        /// Its file, or another name for errors.
        origin: PathBuf,
        /// The array.
        tensor: Tensor,
    },
    /// Arrays by name. Those that are named after nothing of the network are left alone.
    Named(Archive),
}

/// An array, and where it is from. Its shape is known before it is read.
#[derive(Debug)]
pub(super) struct GivenArray<'a> {
    pub(super) origin: &'a Path,
    pub(super) shape: &'a [u64],
    place: ArrayPlace<'a>,
}

/// Where an array is.
#[derive(Debug)]
enum ArrayPlace<'a> {
    Held(&'a Tensor),
    /// In an archive, under a name.
    Archived(&'a Archive, String),
}

impl<'a> GivenArray<'a> {
    /// An array that is at hand.
    pub(super) fn held(origin: &'a Path, tensor: &'a Tensor) -> Self {
        Self {
            origin,
            shape: &tensor.shape,
            place: ArrayPlace::Held(tensor),
        }
    }

    /// The array of an archive, if that has one of the name.
    fn archived(archive: &'a Archive, name: &str) -> Result<Option<Self>, Error> {
        Ok(archive.shape(name)?.map(|shape| Self {
            origin: &archive.path,
            shape,
            place: ArrayPlace::Archived(archive, name.to_owned()),
        }))
    }

    /// The array.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn tensor(&self) -> Result<&'a Tensor, Error> {
        match &self.place {
            ArrayPlace::Held(tensor) => Ok(tensor),
            ArrayPlace::Archived(archive, name) => {
                let none = || archive.failed(format!("there is no `{name}`"), "what was there before");
                archive.get(name)?.ok_or_else(none)
            }
        }
    }
}

#[cfg(feature = "npy")]
impl GivenArrays {
    /// The arrays of a text: `FILE.npy`, `NAME=FILE.npy` or `FILE.npz`.
    ///
    /// # Errors
    /// Where the file cannot be read, or holds no numbers.
    pub fn read(text: &str) -> Result<Self, Error> {
        let (name, file) = match text.rsplit_once('=') {
            // A file may have such a name.
            Some((name, file)) if !std::path::Path::new(text).is_file() => (Some(name.to_owned()), file),
            _ => (None, text),
        };
        let path = std::path::Path::new(file);
        if name.is_none() && path.extension().is_some_and(|extension| extension == "npz") {
            return Archive::read(path).map(Self::Named);
        }
        Ok(Self::One {
            name,
            origin: path.to_owned(),
            tensor: super::read_array(path)?,
        })
    }
}

impl Simulation {
    /// With inputs of the shapes of these arrays, where an ONNX file leaves sizes open.
    pub(super) fn fed(self, given: &[GivenArrays]) -> Result<Self, Error> {
        let Some(names) = self.network().input_names() else {
            return Ok(self);
        };
        let arrays = by_name(given, &names, input_name)?;
        arrays.into_iter().try_fold(self, |simulation, (name, array)| {
            simulation.bound(&InputShape {
                name: Some(name),
                sizes: array.shape.to_vec(),
            })
        })
    }
}

/// The given inputs of a network; the others made up from a seed.
pub(super) fn inputs(
    network: &str,
    graph: &Graph,
    given: &[GivenArrays],
    seed: u64,
) -> Result<Tensors, Error> {
    let mut inputs = seeded_inputs(graph, seed);
    let named = |id: &tilesim_graph::TensorId| graph.tensor(*id).name.clone();
    let names: Vec<String> = graph.inputs.iter().map(named).collect();
    for (name, array) in by_name(given, &names, input_name)? {
        let wanted = inputs.get(&name).map(|tensor| tensor.shape.clone());
        if wanted.as_deref() != Some(array.shape) {
            return Err(Error::Array {
                path: array.origin.to_owned(),
                reason: format!("the array is {:?}", array.shape),
                expected: format!("{:?}, the input of {network}", wanted.unwrap_or_default()),
            });
        }
        inputs.insert(name, array.tensor()?.clone());
    }
    Ok(inputs)
}

/// What outputs are compared with, by their names.
pub(super) fn given_outputs<'a>(
    given: &'a [GivenArrays],
    names: &[String],
) -> Result<BTreeMap<String, GivenArray<'a>>, Error> {
    by_name(given, names, |text, name, outputs| match (name, outputs) {
        (Some(name), outputs) if outputs.contains(&name) => Ok(name.to_owned()),
        (None, [first, ..]) => Ok((*first).to_owned()),
        (name, outputs) => Err(Error::argument(
            text,
            format!("the network has no output `{}`", name.unwrap_or_default()),
            listed(outputs),
        )),
    })
}

/// Every array under the name of the input or output that it is for, which `meant` finds.
fn by_name<'a>(
    given: &'a [GivenArrays],
    names: &[String],
    meant: impl Fn(&str, Option<&str>, &[&str]) -> Result<String, Error>,
) -> Result<BTreeMap<String, GivenArray<'a>>, Error> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut arrays = BTreeMap::new();
    let mut insert = |name: String, array: GivenArray<'a>| {
        let origin = array.origin;
        match arrays.insert(name.clone(), array) {
            None => Ok(()),
            Some(_) => Err(Error::argument(
                &origin.display().to_string(),
                format!("`{name}` is given twice"),
                "one array for each",
            )),
        }
    };
    for given in given {
        match given {
            GivenArrays::One { name, origin, tensor } => {
                let text = origin.display().to_string();
                let array = GivenArray::held(origin, tensor);
                insert(meant(&text, name.as_deref(), &names)?, array)?;
            }
            GivenArrays::Named(archive) => {
                let mut fitting = 0;
                for name in &names {
                    if let Some(array) = GivenArray::archived(archive, name)? {
                        insert((*name).to_owned(), array)?;
                        fitting += 1;
                    }
                }
                if fitting == 0 {
                    let held: Vec<&str> = archive.names().collect();
                    return Err(archive.failed(
                        format!("it holds {}", listed(&held)),
                        format!("at least one of {}", listed(&names)),
                    ));
                }
            }
        }
    }
    Ok(arrays)
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
