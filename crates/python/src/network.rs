//! Networks.

use std::path::PathBuf;

use pyo3::{prelude::*, types::PyDict};

use crate::{answer::plain, error::raised, setting::value_text};

/// A network: a bundled name (`tilesim.networks()`), the path of a JSON specification, or of an ONNX file.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Network {
    pub(crate) network: tilesim::Network,
}

#[pymethods]
impl Network {
    #[new]
    fn new(python: Python<'_>, name: &str) -> PyResult<Self> {
        let network = tilesim::Network::load(name).map_err(|error| raised(python, &error))?;
        Ok(Self { network })
    }

    /// The network of an ONNX file, or of its bytes; `name` is what results call it.
    #[staticmethod]
    #[pyo3(signature = (file, name=None))]
    fn from_onnx(python: Python<'_>, file: OnnxArgument, name: Option<String>) -> PyResult<Self> {
        let network = match file {
            OnnxArgument::Bytes(bytes) => {
                tilesim::Network::from_onnx(name.as_deref().unwrap_or("model"), bytes)
            }
            OnnxArgument::Path(path) => tilesim::Network::from_source(&tilesim::ModelSource::Onnx(path)),
        };
        let network = network.map_err(|error| raised(python, &error))?;
        Ok(Self { network })
    }

    /// The network with other settings: `Network("efficientnet-b0-g16").with_(group_size=8)`. An `InputError` where there is no such
    /// setting, or it cannot be so; an ONNX file states all of its network.
    #[pyo3(signature = (**settings))]
    fn with_(&self, python: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut network = self.network.clone();
        for (key, value) in settings.into_iter().flat_map(PyDictMethods::iter) {
            network
                .set(&key.extract::<String>()?, value_text(&value)?)
                .map_err(|error| raised(python, &error))?;
        }
        Ok(Self { network })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        self.network.name()
    }

    /// What was changed of the named network, as `KEY=VALUE`.
    #[getter]
    fn overrides(&self) -> Vec<String> {
        self.network.overrides().to_vec()
    }

    /// What it costs in theory for `batch` images: multiply-accumulates, FLOPs, parameters and elements, whole and by layer, as
    /// `tilesim cost --format json` prints them.
    #[pyo3(signature = (batch=1))]
    fn cost<'py>(&self, python: Python<'py>, batch: u64) -> PyResult<Bound<'py, PyAny>> {
        let cost = self.network.cost(batch).map_err(|error| raised(python, &error))?;
        plain(python, &cost)
    }

    fn __repr__(&self) -> String {
        let changes = self.network.overrides().join(", ");
        format!("<tilesim.Network {} {changes}>", self.name()).replace(" >", ">")
    }
}

/// An ONNX model.
#[derive(FromPyObject)]
enum OnnxArgument {
    /// What a file would hold.
    Bytes(Vec<u8>),
    /// A file.
    Path(PathBuf),
}
