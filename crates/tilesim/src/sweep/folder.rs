//! Sweeps in folders: what is done stays done when it is stopped.

use std::path::{Path, PathBuf};

use tilesim_bundled::{CONFIGURATIONS, FAMILIES, MACHINES, NETWORKS, OPERATORS, SOFTWARE, SYSTEMS};

#[cfg(feature = "plots")]
use tilesim_page::picture;
#[cfg(feature = "report")]
use tilesim_page::{StudyPage, study_html};
use tilesim_study::{
    Digest, Manifest, Points, Repair, Row, Shard, Study, Summary, SweepError, SweepFolder, Unfit, count,
    merge, merge_partial, summarise,
};
#[cfg(any(feature = "plots", feature = "report"))]
use tilesim_study::{Figures, pictures};

use super::{Sweep, evaluator::Evaluator, requests::Requests};
use crate::{Error, OutputFile, OutputFolder, PlotFormat, PlotOptions, Progress, Simulator, progress};

/// What a sweep has come to.
#[derive(Debug, Clone)]
pub struct SweepOutcome {
    /// The study.
    pub study: Study,
    /// A row for each point, in the order of points.
    pub rows: Vec<Row>,
    /// What the rows say.
    pub summary: Summary,
}

/// How much of a sweep is done before it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepState {
    /// Points of the shard.
    pub points: u64,
    /// Those that an earlier run has left to do.
    pub missing: u64,
}

/// A sweep with its folder open.
pub struct OpenSweep<'a> {
    sweep: &'a Sweep,
    points: Points,
    folder: SweepFolder,
    /// What was read for the digest, and is evaluated: what changes in the meantime has no part in it.
    requests: Requests,
}

impl Sweep {
    /// Runs what is missing in the folder `out`, and writes there what the rows say: `results.parquet`, `summary.json`, pictures and a
    /// report. What is done stays done when it is stopped.
    ///
    /// # Errors
    /// Where the folder holds another study or cannot be written, or no result has a figure that the study asks for. What goes wrong at
    /// a point is that point's row.
    pub fn run(&self, out: &Path, progress: &dyn Progress) -> Result<SweepOutcome, Error> {
        let outcome = self.open(out)?.run(progress)?;
        outcome.write(out, &PlotFormat::Svg.into())?;
        Ok(outcome)
    }

    /// Opens the folder of the sweep.
    ///
    /// # Errors
    /// As [`Sweep::run`].
    pub fn open(&self, out: &Path) -> Result<OpenSweep<'_>, Error> {
        self.opened(out, Repair::Refused)
    }

    /// As [`Sweep::open`]; files of the sweep that are damaged or missing are written anew, and points whose rows are lost run again.
    ///
    /// # Errors
    /// As [`Sweep::run`]. Rows of another sweep are never removed.
    pub fn repair(&self, out: &Path) -> Result<OpenSweep<'_>, Error> {
        self.opened(out, Repair::Allowed)
    }

    fn opened(&self, out: &Path, repair: Repair) -> Result<OpenSweep<'_>, Error> {
        let points = self.points()?;
        let requests = Requests::default();
        let digest = self
            .study
            .digest()?
            .with(bundled().to_string().as_bytes())
            .with(requests.read_all(&points)?.to_string().as_bytes());
        let mut manifest = Manifest::new(&self.study, &points, digest, self.shard)?;
        if let Some(points) = self.chunk_points {
            manifest.chunk_points = points;
        }
        let folder = SweepFolder::open(out, &self.study, manifest, repair)?;
        Ok(OpenSweep {
            sweep: self,
            points,
            folder,
            requests,
        })
    }
}

impl OpenSweep<'_> {
    /// How much is done already.
    pub fn state(&self) -> SweepState {
        let manifest = self.folder.manifest();
        SweepState {
            points: manifest.shard_points(),
            missing: self
                .folder
                .missing()
                .into_iter()
                .map(|chunk| manifest.points_of(chunk))
                .map(|range| range.end - range.start)
                .sum(),
        }
    }

    /// Runs what is missing.
    ///
    /// # Errors
    /// As [`Sweep::run`].
    pub fn run(self, progress: &dyn Progress) -> Result<SweepOutcome, Error> {
        let simulator = Evaluator::simulator(&self.points);
        self.run_with(progress, &simulator)
    }

    /// As [`OpenSweep::run`], with a simulator that may have run others.
    pub(crate) fn run_with(
        self,
        progress: &dyn Progress,
        simulator: &Simulator,
    ) -> Result<SweepOutcome, Error> {
        let study = &self.sweep.study;
        let missing = self.state().missing;
        let evaluator = Evaluator::with(study, &self.points, self.requests, simulator);
        if missing > 0 {
            evaluator.check_metrics()?;
        }
        tilesim_study::sweep(
            &self.folder,
            &|point| evaluator.evaluate(point),
            &|| progress.advance(),
            &|| progress.is_cancelled(),
        )?;
        progress::check(progress)?;
        let rows = self.folder.rows()?;
        if self.sweep.shard == Shard::WHOLE {
            SweepOutcome::whole(study.clone(), rows)
        } else {
            SweepOutcome::part(study.clone(), rows, Some(self.sweep.shard))
        }
    }
}

/// The digest of the texts that are bundled: what points name without a file.
fn bundled() -> Digest {
    [
        &NETWORKS,
        &FAMILIES,
        &OPERATORS,
        &MACHINES,
        &SOFTWARE,
        &SYSTEMS,
        &CONFIGURATIONS,
    ]
    .into_iter()
    .flat_map(|kind| kind.names().filter_map(|name| kind.text(name)))
    .fold(Digest::default(), |digest, text| digest.with(text.as_bytes()))
}

impl SweepOutcome {
    pub(crate) fn whole(study: Study, rows: Vec<Row>) -> Result<Self, Error> {
        let points = study.points().map_err(SweepError::from)?;
        let summary = summarise(&study, &points, &rows);
        Ok(Self { study, rows, summary })
    }

    /// Rows of some points, which are counted and not compared.
    fn part(study: Study, rows: Vec<Row>, shard: Option<Shard>) -> Result<Self, Error> {
        let points = study.points().map_err(SweepError::from)?;
        let summary = count(&study, &points, &rows, shard);
        Ok(Self { study, rows, summary })
    }

    /// Joins the folders of all shards of a study in `out`.
    ///
    /// # Errors
    /// Where a folder holds no shard, or they are not those of one study.
    pub fn merged(folders: &[PathBuf], out: &Path) -> Result<Self, Error> {
        let (study, rows) = merge(folders, out)?;
        let outcome = Self::whole(study, rows)?;
        outcome.write(out, &PlotFormat::Svg.into())?;
        Ok(outcome)
    }

    /// Joins what there is by now of shards of a study in `out`, where the sweep may go on; nothing is compared unless it is all.
    ///
    /// # Errors
    /// As [`SweepOutcome::merged`], but that something is missing.
    pub fn merged_partially(folders: &[PathBuf], out: &Path) -> Result<Self, Error> {
        let (study, rows) = merge_partial(folders, out)?;
        let points = study.points().map_err(SweepError::from)?;
        let outcome = if rows.len() as u64 == points.len() {
            Self::whole(study, rows)?
        } else {
            Self::part(study, rows, None)?
        };
        outcome.write(out, &PlotFormat::Svg.into())?;
        Ok(outcome)
    }

    /// What the rows say as files: the summary, its pictures (feature `plots`) and the report (feature `report`); the summary alone
    /// where they are a part of the points.
    ///
    /// # Errors
    /// Where a picture cannot be drawn.
    pub fn files(&self, plots: &PlotOptions) -> Result<Vec<OutputFile>, Error> {
        let mut files = vec![OutputFile::json("summary.json", &self.summary)?];
        if self.summary.part.is_some() {
            return Ok(files);
        }
        #[cfg(not(feature = "plots"))]
        let _ = plots;
        #[cfg(any(feature = "plots", feature = "report"))]
        {
            let points = self.study.points().map_err(SweepError::from)?;
            let figures = Figures::new(&self.study, &points, &self.rows);
            let pictures = pictures(&figures, &self.summary.fronts, &self.summary.gains);
            #[cfg(feature = "plots")]
            for described in &pictures {
                let name = format!("{}.{}", described.name(), plots.format.extension());
                files.push(OutputFile::new(name, picture(described, plots)?));
            }
            #[cfg(feature = "report")]
            files.push(OutputFile::new(
                crate::files::REPORT,
                study_html(&StudyPage {
                    study: &self.study,
                    points: &points,
                    rows: &self.rows,
                    summary: &self.summary,
                    pictures: &pictures,
                    version: env!("CARGO_PKG_VERSION"),
                })?,
            ));
        }
        Ok(files)
    }

    /// Writes the files into the folder of the sweep.
    ///
    /// # Errors
    /// Where a picture cannot be drawn or a file cannot be written.
    pub fn write(&self, out: &Path, plots: &PlotOptions) -> Result<(), Error> {
        OutputFolder::open(out)?.write(&self.files(plots)?)
    }

    /// Why the answer is negative; empty where it is not. A part of the points says nothing of the others.
    pub fn complaints(&self) -> Vec<String> {
        let counted = match self.summary.unfit {
            Unfit::Excluded => self.summary.done,
            Unfit::Included => self.summary.done + self.summary.does_not_fit,
        };
        if counted > 0 || self.summary.part.is_some() {
            Vec::new()
        } else {
            vec!["no point has a result that fits".to_owned()]
        }
    }
}
