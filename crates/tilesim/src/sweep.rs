//! Every combination of a study's settings: what becomes of each point, and what they say together.

mod choices;
mod evaluator;
mod files;
mod memo;
mod requests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tilesim_page::{PlotFormat, StudyPicture, picture, study_html};
use tilesim_study::{
    Digest, Evaluation, Figures, Layout, Manifest, Points, Row, Shard, Study, StudyError, Summary,
    SweepError, SweepFolder, Unfit, merge, pictures, summarise,
};

use self::evaluator::Evaluator;
use crate::{Error, OutputFile, OutputFolder, Progress, progress};

/// A study that is run: all its points, or those of one shard.
///
/// ```no_run
/// use tilesim::Sweep;
///
/// let outcome = Sweep::of("exchange")?.run("exchange-study".as_ref(), &())?;
/// println!("{} points", outcome.summary.done);
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sweep {
    name: String,
    study: Study,
    shard: Shard,
}

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
    /// The sweep of a bundled study, or of one from a file (`my.json`).
    ///
    /// # Errors
    /// Where there is no such study, or what is wrong with it.
    pub fn of(name: &str) -> Result<Self, Error> {
        Ok(Self::new(name, load(name)?))
    }

    /// The sweep of a study; `name` stands for its file in errors.
    pub fn new(name: &str, study: Study) -> Self {
        Self {
            name: name.to_owned(),
            study,
            shard: Shard::WHOLE,
        }
    }

    /// Only this part of the points.
    #[must_use]
    pub const fn shard(mut self, shard: Shard) -> Self {
        self.shard = shard;
        self
    }

    /// The study.
    pub const fn study(&self) -> &Study {
        &self.study
    }

    /// The points of the study, in their order.
    ///
    /// # Errors
    /// Where its axes are no such, or its conditions hold at no point.
    pub fn points(&self) -> Result<Points, Error> {
        let points = self.study.points().map_err(|source| self.wrong(source))?;
        if points.is_empty() {
            return Err(self.wrong(StudyError::Field {
                field: "conditions".to_owned(),
                reason: "hold at no point".to_owned(),
                expected: "conditions that hold somewhere".to_owned(),
            }));
        }
        Ok(points)
    }

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

    /// What becomes of every point, without a folder: in the order of points.
    ///
    /// # Errors
    /// As [`Sweep::points`]; [`Error::Cancelled`] where `progress` says so.
    pub fn evaluate(&self, progress: &dyn Progress) -> Result<Vec<Evaluation>, Error> {
        use rayon::prelude::*;
        let points = self.points()?;
        let evaluator = Evaluator::new(&self.study, &points);
        evaluator.check_metrics()?;
        let listed: Vec<_> = points.iter().collect();
        progress.total(listed.len() as u64);
        listed
            .par_iter()
            .map(|point| {
                progress::check(progress)?;
                let evaluation = evaluator.evaluate(point);
                progress.advance();
                Ok(evaluation)
            })
            .collect()
    }

    /// What the results depend on: the study, and every file that its settings name.
    fn digest(&self, points: &Points) -> Result<Digest, Error> {
        let mut digest = self.study.digest()?;
        for path in files::files(points)? {
            digest = digest.with(&fs::read(&path).map_err(Error::read(&path))?);
        }
        Ok(digest)
    }

    fn wrong(&self, source: StudyError) -> Error {
        Error::Study {
            path: PathBuf::from(&self.name),
            source,
        }
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

    /// What the rows say as files: the summary, its pictures and the report.
    ///
    /// # Errors
    /// Where a picture cannot be drawn.
    pub fn files(&self) -> Result<Vec<OutputFile>, Error> {
        let points = self.study.points().map_err(SweepError::from)?;
        let summary = &self.summary;
        let mut files = vec![OutputFile::json("summary.json", summary)?];
        let figures = Figures::new(&self.study, &points, &self.rows);
        let mut drawn = Vec::new();
        for described in pictures(&figures, &summary.fronts, &summary.gains) {
            let file = picture(&described, PlotFormat::Svg)?;
            let svg = String::from_utf8_lossy(&file).into_owned();
            files.push(OutputFile::new(format!("{}.svg", described.name()), file));
            drawn.push((described.name().to_owned(), svg));
        }
        let inline: Vec<StudyPicture<'_>> = drawn
            .iter()
            .map(|(name, svg)| StudyPicture { name, svg })
            .collect();
        let report = study_html(summary, &inline, env!("CARGO_PKG_VERSION"));
        files.push(OutputFile::new("report.html", report));
        Ok(files)
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

/// A bundled study, or one from a file.
fn load(name: &str) -> Result<Study, Error> {
    let path = Path::new(name);
    let is_file = path.is_file() || path.extension().is_some_and(|extension| extension == "json");
    let study = if is_file {
        let text = fs::read_to_string(path).map_err(Error::read(path))?;
        Study::from_json(&text, name)
    } else {
        Study::bundled(name)
    };
    study.map_err(|source| match source {
        // These name the file themselves.
        StudyError::Json { .. } | StudyError::Unknown { .. } => Error::Sweep(source.into()),
        StudyError::Field { .. } => Error::Study {
            path: path.to_owned(),
            source,
        },
    })
}
