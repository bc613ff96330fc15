//! A network that was run.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use pyo3::{exceptions::PyKeyError, prelude::*};
use tilesim::{OutputFile, PlotFormat, results::RunResult};

use crate::{
    answer::{json, plain},
    error::{Error, InputError, raised},
    plot::Plot,
    table::Table,
    work::work,
};

/// A run: its figures under the names of the result's JSON (`tilesim schema result`), tables, report, timeline and plots.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Run {
    pub(crate) result: RunResult,
    /// All that the result was made of; nothing of one that was read.
    whole: Option<Arc<tilesim::Run>>,
    tables: OnceLock<Vec<tilesim::traces::Table>>,
}

impl Run {
    pub(crate) fn new(result: RunResult, run: Option<tilesim::Run>) -> Self {
        Self {
            result,
            whole: run.map(Arc::new),
            tables: OnceLock::new(),
        }
    }

    /// What can be asked why of it: the run, or its result alone where it was read.
    pub(crate) fn subject(&self) -> tilesim::WhySubject {
        match &self.whole {
            Some(run) => tilesim::WhySubject::Simulation(Box::new(run.simulation().clone())),
            None => tilesim::WhySubject::Result(Box::new(self.result.clone())),
        }
    }

    fn whole(&self) -> PyResult<&tilesim::Run> {
        self.whole.as_deref().ok_or_else(|| {
            Error::new_err("this result was read from a file: it has figures, and no tables, report or plots")
        })
    }

    fn table(&self, python: Python<'_>, name: &str) -> PyResult<Table> {
        let run = self.whole()?;
        if self.tables.get().is_none() {
            let tables = work(python, |_| run.tables())?;
            // Another thread may have been faster, with the same.
            let _ = self.tables.set(tables);
        }
        let tables = self.tables.get().map_or(&[][..], Vec::as_slice);
        let found = tables.iter().find(|table| table.name == name);
        found
            .map(|table| Table { table: table.clone() })
            .ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }
}

#[pymethods]
impl Run {
    /// Tile clock cycles for one batch.
    #[getter]
    const fn cycles(&self) -> u64 {
        self.result.time.cycles
    }

    /// Seconds for one batch.
    #[getter]
    const fn seconds(&self) -> f64 {
        self.result.time.seconds
    }

    /// Images a second.
    #[getter]
    const fn images_per_second(&self) -> f64 {
        self.result.time.images_per_second
    }

    /// Whether the fullest tile's memory holds it. What does not fit has figures all the same.
    #[getter]
    const fn fits(&self) -> bool {
        self.result.memory.fits
    }

    /// The largest batch that fits, where it was searched (`max_batch=True`); 0 where none does.
    #[getter]
    const fn largest_batch(&self) -> Option<u64> {
        self.result.memory.largest_batch
    }

    /// Where the cycles went: they sum to `cycles`.
    #[getter]
    fn causes<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.result.cycles_by_cause)
    }

    /// All figures, as the JSON of `tilesim simulate --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.result)
    }

    /// That JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.result)
    }

    /// What the figures say, in sentences.
    #[getter]
    fn reading(&self) -> Vec<String> {
        tilesim::results::run_reading(&self.result)
    }

    /// Layers in network order: a row each, cycles by cause.
    #[getter]
    fn layers(&self, python: Python<'_>) -> PyResult<Table> {
        self.table(python, "layers")
    }

    /// Steps in the order of their execution.
    #[getter]
    fn steps(&self, python: Python<'_>) -> PyResult<Table> {
        self.table(python, "steps")
    }

    /// Tiles: work, traffic and memory of each.
    #[getter]
    fn tiles(&self, python: Python<'_>) -> PyResult<Table> {
        self.table(python, "tiles")
    }

    /// Variables, and when they live.
    #[getter]
    fn memory(&self, python: Python<'_>) -> PyResult<Table> {
        self.table(python, "memory")
    }

    /// How every convolution is cut.
    #[getter]
    fn plans(&self, python: Python<'_>) -> PyResult<Table> {
        self.table(python, "plans")
    }

    /// Writes the report: one HTML page that works offline.
    fn report(&self, python: Python<'_>, path: PathBuf) -> PyResult<()> {
        let run = self.whole()?;
        let page = work(python, |_| run.report())?;
        write(python, &path, page.as_bytes())
    }

    /// Writes the timeline, for <https://ui.perfetto.dev>.
    fn perfetto(&self, python: Python<'_>, path: PathBuf) -> PyResult<()> {
        let run = self.whole()?;
        let timeline = work(python, |_| run.timeline())?;
        write(python, &path, &timeline)
    }

    /// A plot of the run, such as `waterfall`; an `InputError` names those that there are.
    #[pyo3(signature = (name="waterfall"))]
    fn plot(&self, python: Python<'_>, name: &str) -> PyResult<Plot> {
        let run = self.whole()?;
        let files = work(python, |_| run.plots(&PlotFormat::Svg.into()))?;
        let stem = |file: &OutputFile| file.name.trim_end_matches(".svg").to_owned();
        let found = files.iter().find(|file| stem(file) == name);
        let found = found.ok_or_else(|| {
            let names: Vec<String> = files.iter().map(stem).collect();
            InputError::new_err(format!(
                "there is no plot `{name}`; expected {}",
                names.join(", ")
            ))
        })?;
        Ok(Plot {
            name: name.to_owned(),
            svg: String::from_utf8_lossy(&found.contents).into_owned(),
        })
    }

    fn __repr__(&self) -> String {
        let result = &self.result;
        format!(
            "<tilesim.Run {} on {}, batch {}: {} cycles, {:.0} images/s, {}>",
            result.model.name,
            result.machine.name,
            result.run.batch,
            result.time.cycles,
            result.time.images_per_second,
            if result.memory.fits {
                "fits"
            } else {
                "does not fit"
            }
        )
    }

    fn __str__(&self) -> String {
        tilesim::results::render::run(&self.result, &tilesim::results::render::Palette::plain())
    }

    /// Summary, waterfall and what the figures say, for Jupyter.
    fn _repr_html_(&self, python: Python<'_>) -> PyResult<String> {
        let sentences: Vec<String> = self.reading().iter().map(|sentence| escaped(sentence)).collect();
        let sentences = sentences.join("</li><li>");
        let picture = match &self.whole {
            Some(_) => self.plot(python, "waterfall")?.svg,
            None => String::new(),
        };
        let title = escaped(self.__repr__().trim_matches(['<', '>']));
        Ok(format!(
            "<p><b>{title}</b></p>{picture}<ul><li>{sentences}</li></ul>"
        ))
    }
}

/// Reads the result of an earlier run, as `tilesim simulate --out` and `Run.json` write it.
#[pyfunction]
pub(crate) fn load(python: Python<'_>, path: PathBuf) -> PyResult<Run> {
    match tilesim::read_result(&path) {
        Ok(Some(result)) => Ok(Run::new(result, None)),
        Ok(None) => Err(InputError::new_err(format!(
            "{}: this is no result",
            path.display()
        ))),
        Err(error) => Err(raised(python, &error)),
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write(python: Python<'_>, path: &Path, contents: &[u8]) -> PyResult<()> {
    let written = tilesim_files::write_whole(path, contents).map_err(tilesim::Error::write(path));
    written.map_err(|error| raised(python, &error))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
