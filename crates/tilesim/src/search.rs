//! The best of a space: its points are chosen towards the objectives, run and kept as those of a sweep, and what is on the front is a file that runs.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tilesim_study::{Evolution, Figures, Row, Space, Summary, SweepError, Value as StudyValue, front};

use crate::{
    Error, OutputFile, OutputFolder, PlotOptions, Progress, Simulator, Sweep, SweepOutcome,
    network::Definition,
    progress,
    sweep::{Request, Requests},
};

/// Version of the format of the answer, in its field `schema`.
const SEARCH_SCHEMA: &str = "tilesim-search/1";
/// Folder of the generations, below that of a search.
const GENERATIONS: &str = "generations";
/// Points that a thread takes at once, and keeps in one file.
const CHUNK_POINTS: u64 = 8;

/// The answer of `tilesim search`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SearchAnswer {
    /// Version of this format: `tilesim-search/1`.
    pub schema: &'static str,
    /// Combinations of the space, conditions aside.
    pub combinations: u64,
    /// Whether all of them were run at which the conditions hold.
    pub exhaustive: bool,
    /// Generations that were bred; none where all were run.
    pub generations: u64,
    /// Where chance began.
    pub seed: u64,
    /// Points of which no other is better in one objective and as good in all.
    pub front: Vec<SearchPoint>,
    /// What the rows say.
    pub summary: Summary,
}

/// A point of the front.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SearchPoint {
    /// Its number among those that were run.
    pub point: u64,
    /// File of its network in the folder of the search; empty where it has no specification, such as one from ONNX.
    pub file: String,
    /// What runs it there, after `tilesim`.
    pub command: Vec<String>,
    /// What varies, as it is there.
    pub settings: Map<String, Value>,
    /// The study's metrics.
    pub figures: Map<String, Value>,
}

/// What a search has come to.
#[derive(Debug, Clone)]
pub struct SearchOutcome {
    /// Every point that was run, as a sweep.
    pub sweep: SweepOutcome,
    /// The answer.
    pub answer: SearchAnswer,
    files: Vec<OutputFile>,
}

impl Sweep {
    /// Searches the space of a study with a `search` in the folder `out`. All points are run where there are no more than it allows; else they are bred,
    /// generation by generation, each a sweep of its own in the folder, so that what is done stays done. The same study gives the same points.
    ///
    /// # Errors
    /// Where the study is no space, the folder holds another one, or no result has a figure that it asks for. What goes wrong at a point is that
    /// point's row.
    pub fn search(&self, out: &Path, progress: &dyn Progress) -> Result<SearchOutcome, Error> {
        let study = self.study();
        let space = Space::of(study).map_err(|source| self.wrong(source))?;
        let search = space.search();
        let exhaustive = space.len() <= search.points;
        let (sweep, generations) = if exhaustive {
            let whole = Self::new(self.name(), space.whole());
            progress.total(whole.points()?.len());
            (whole.open(&out.join(GENERATIONS))?.run(progress)?, 0)
        } else {
            progress.total(search.points);
            self.evolved(&space, out, progress)?
        };
        let (front, files) = best(&sweep)?;
        if sweep.rows.is_empty() {
            return Err(Error::argument(
                self.name(),
                "conditions leave nothing to run",
                "conditions that hold somewhere",
            ));
        }
        Ok(SearchOutcome {
            answer: SearchAnswer {
                schema: SEARCH_SCHEMA,
                combinations: space.len(),
                exhaustive,
                generations,
                seed: search.seed,
                front,
                summary: sweep.summary.clone(),
            },
            sweep,
            files,
        })
    }

    /// Generations until the points are run; their rows in the order in which they were bred.
    fn evolved(
        &self,
        space: &Space<'_>,
        out: &Path,
        progress: &dyn Progress,
    ) -> Result<(SweepOutcome, u64), Error> {
        let simulator = Simulator::new();
        let mut evolution = Evolution::new(space);
        let (mut places, mut rows): (Vec<u64>, Vec<Row>) = (Vec::new(), Vec::new());
        for generation in 0.. {
            progress::check(progress)?;
            let bred = evolution.breed();
            if bred.is_empty() {
                let mut sweep = SweepOutcome::whole(space.study_of(&places), rows)?;
                // Points that were bred are not alike in all but one setting.
                sweep.summary.effects.clear();
                return Ok((sweep, generation));
            }
            let sweep = Self::new(self.name(), space.study_of(&bred)).chunks_of(CHUNK_POINTS);
            let folder = out.join(GENERATIONS).join(format!("{generation:04}"));
            let of_generation = sweep.open(&folder)?.run_with(progress, &simulator)?;
            let points = sweep.points()?;
            evolution.take(&bred, &Figures::new(sweep.study(), &points, &of_generation.rows));
            let before = places.len() as u64;
            rows.extend(of_generation.rows.into_iter().map(|row| Row {
                point: before + row.point,
                ..row
            }));
            places.extend(bred);
        }
        Err(Error::Cancelled)
    }
}

impl SearchOutcome {
    /// The answer, the networks on the front, and what the rows of all points say, as files.
    ///
    /// # Errors
    /// Where a picture cannot be drawn.
    pub fn files(&self, plots: &PlotOptions) -> Result<Vec<OutputFile>, Error> {
        let mut files = self.sweep.files(plots)?;
        files.push(OutputFile::json("search.json", &self.answer)?);
        files.extend(self.files.iter().cloned());
        Ok(files)
    }

    /// Writes them into the folder of the search.
    ///
    /// # Errors
    /// Where a picture cannot be drawn or a file cannot be written.
    pub fn write(&self, out: &Path, plots: &PlotOptions) -> Result<(), Error> {
        OutputFolder::open(out)?.write(&self.files(plots)?)
    }
}

/// The front of all rows, and the networks on it as files.
fn best(sweep: &SweepOutcome) -> Result<(Vec<SearchPoint>, Vec<OutputFile>), Error> {
    let study = &sweep.study;
    let points = study.points().map_err(SweepError::from)?;
    let figures = Figures::new(study, &points, &sweep.rows);
    let merits = |row: &Row| -> Option<Vec<f64>> {
        let goals = study.objectives.iter();
        goals
            .map(|objective| Some(objective.goal.merit(figures.at(row, &objective.metric)?)))
            .collect()
    };
    let (candidates, merits): (Vec<&Row>, Vec<Vec<f64>>) = sweep
        .rows
        .iter()
        .filter_map(|row| Some((row, merits(row)?)))
        .unzip();
    let requests = Requests::default();
    let (mut on_front, mut files) = (Vec::new(), Vec::new());
    for index in front(&merits) {
        let row = candidates[index];
        let Some(point) = points.get(row.point) else {
            continue;
        };
        let request = requests.of(&points, &point)?;
        let network = match &request {
            Request::Inference(simulation) => simulation.network(),
            Request::Training(training) => training.network(),
        };
        let mut file = String::new();
        if let Definition::Spec(spec) = network.definition() {
            file = format!("front-{:04}.json", files.len() + 1);
            files.push(OutputFile::json(&file, spec)?);
        }
        let model = if file.is_empty() { network.name() } else { &file };
        let of_network = |key: &str| !file.is_empty() && Requests::is_of_network(key);
        let varied = points.keys().iter().zip(&row.values);
        on_front.push(SearchPoint {
            point: row.point,
            command: command(model, points.settings(&point).filter(|(key, _)| !of_network(key))),
            settings: varied
                .map(|(key, value)| Ok((key.clone(), serde_json::to_value(value)?)))
                .collect::<Result<_, Error>>()?,
            figures: study
                .metrics
                .iter()
                .map(|metric| {
                    (
                        metric.clone(),
                        figures.at(row, metric).map_or(Value::Null, Value::from),
                    )
                })
                .collect(),
            file,
        });
    }
    Ok((on_front, files))
}

/// What runs a network with these settings.
fn command<'a>(model: &str, settings: impl Iterator<Item = (&'a str, &'a StudyValue)>) -> Vec<String> {
    let mut command = vec!["simulate".to_owned(), model.to_owned()];
    for (key, value) in settings {
        match key {
            "model" => {}
            "machine" | "system" | "mode" => command.extend([format!("--{key}"), value.to_string()]),
            _ => command.extend(["--set".to_owned(), format!("{key}={value}")]),
        }
    }
    command
}
