//! Sweeps in folders: what is done stays done when it is stopped.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[cfg(feature = "plots")]
use tilesim_page::{PlotFormat, picture};
#[cfg(feature = "report")]
use tilesim_page::{StudyPicture, study_html};
use tilesim_study::{
    Digest, Layout, Manifest, Points, Row, Study, Summary, SweepError, SweepFolder, Unfit, merge, summarise,
};
#[cfg(feature = "plots")]
use tilesim_study::{Figures, pictures};

use super::{Sweep, evaluator::Evaluator, files};
use crate::{Error, OutputFile, OutputFolder, Progress, progress};

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
    layout: Layout,
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
        outcome.write(out)?;
        Ok(outcome)
    }

    /// Opens the folder of the sweep.
    ///
    /// # Errors
    /// As [`Sweep::run`].
    pub fn open(&self, out: &Path) -> Result<OpenSweep<'_>, Error> {
        let points = self.points()?;
        let digest = self.digest(&points)?;
        let manifest = Manifest::new(&self.study, &points, digest, self.shard);
        let folder = SweepFolder::open(out, &self.study, manifest)?;
        let layout = Layout::new(&self.study, &points)?;
        Ok(OpenSweep {
            sweep: self,
            points,
            folder,
            layout,
        })
    }

    /// What the results depend on: the study, and every file that its settings name.
    fn digest(&self, points: &Points) -> Result<Digest, Error> {
        let mut digest = self.study.digest()?;
        for path in files::files(points)? {
            digest = digest.with(&fs::read(&path).map_err(Error::read(&path))?);
        }
        Ok(digest)
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
        let study = &self.sweep.study;
        let evaluator = Evaluator::new(study, &self.points);
        if self.state().missing > 0 {
            evaluator.check_metrics()?;
        }
        tilesim_study::sweep(
            &self.folder,
            &self.points,
            &self.layout,
            &|point| evaluator.evaluate(point),
            &|| progress.advance(),
            &|| progress.is_cancelled(),
        )?;
        progress::check(progress)?;
        let rows = self.folder.rows(&self.points, &self.layout)?;
        SweepOutcome::new(study.clone(), rows)
    }
}

impl SweepOutcome {
    fn new(study: Study, rows: Vec<Row>) -> Result<Self, Error> {
        let points = study.points().map_err(SweepError::from)?;
        let summary = summarise(&study, &points, &rows);
        Ok(Self { study, rows, summary })
    }

    /// Joins the folders of all shards of a study in `out`.
    ///
    /// # Errors
    /// Where a folder holds no shard, or they are not those of one study.
    pub fn merged(folders: &[PathBuf], out: &Path) -> Result<Self, Error> {
        let (study, rows) = merge(folders, out)?;
        let outcome = Self::new(study, rows)?;
        outcome.write(out)?;
        Ok(outcome)
    }

    /// What the rows say as files: the summary, its pictures (feature `plots`) and the report (feature `report`).
    ///
    /// # Errors
    /// Where a picture cannot be drawn.
    pub fn files(&self) -> Result<Vec<OutputFile>, Error> {
        let mut files = vec![OutputFile::json("summary.json", &self.summary)?];
        let drawn = self.drawn()?;
        for (name, svg) in &drawn {
            files.push(OutputFile::new(format!("{name}.svg"), svg.as_str()));
        }
        #[cfg(feature = "report")]
        {
            let inline: Vec<StudyPicture<'_>> = drawn
                .iter()
                .map(|(name, svg)| StudyPicture { name, svg })
                .collect();
            let report = study_html(&self.summary, &inline, env!("CARGO_PKG_VERSION"));
            files.push(OutputFile::new(crate::files::REPORT, report));
        }
        Ok(files)
    }

    /// The pictures of the study by their names, as SVG.
    #[cfg(feature = "plots")]
    fn drawn(&self) -> Result<Vec<(String, String)>, Error> {
        let points = self.study.points().map_err(SweepError::from)?;
        let figures = Figures::new(&self.study, &points, &self.rows);
        pictures(&figures, &self.summary.fronts, &self.summary.gains)
            .into_iter()
            .map(|described| {
                let svg = picture(&described, PlotFormat::Svg)?;
                Ok((
                    described.name().to_owned(),
                    String::from_utf8_lossy(&svg).into_owned(),
                ))
            })
            .collect()
    }

    /// Nothing: pictures are drawn with the feature `plots`.
    #[cfg(not(feature = "plots"))]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "as with the feature"
    )]
    fn drawn(&self) -> Result<Vec<(String, String)>, Error> {
        Ok(Vec::new())
    }

    /// Writes the files into the folder of the sweep.
    ///
    /// # Errors
    /// Where a picture cannot be drawn or a file cannot be written.
    pub fn write(&self, out: &Path) -> Result<(), Error> {
        OutputFolder::open(out)?.write(&self.files()?)
    }

    /// Why the answer is negative; empty where it is not. A shard may have no points: others have them.
    pub fn complaints(&self) -> Vec<String> {
        let counted = match self.summary.unfit {
            Unfit::Excluded => self.summary.done,
            Unfit::Included => self.summary.done + self.summary.does_not_fit,
        };
        if counted > 0 || self.rows.is_empty() {
            Vec::new()
        } else {
            vec!["no point has a result that fits".to_owned()]
        }
    }
}
