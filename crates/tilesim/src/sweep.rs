//! Every combination of a study's settings: what becomes of each point, and what they say together.

mod choices;
mod evaluator;
#[cfg(feature = "parquet")]
mod folder;
mod memo;
mod requests;

#[cfg(feature = "parquet")]
pub use folder::{OpenSweep, SweepOutcome, SweepState};
#[cfg(feature = "parquet")]
pub use tilesim_study::{SweepStatus, status as sweep_status};

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use tilesim_study::{Evaluation, Points, Row, Shard, Study, StudyError};

use self::evaluator::Evaluator;
#[cfg(feature = "parquet")]
pub(crate) use self::requests::Request;
pub(crate) use self::requests::Requests;
use crate::{Error, Progress, file, progress};

/// A study that is run: all its points, or those of one shard.
///
/// ```no_run
/// use tilesim::Sweep;
///
/// let evaluations = Sweep::of("exchange")?.evaluate(&())?;
/// println!("{} points", evaluations.len());
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sweep {
    name: String,
    study: Study,
    shard: Shard,
    /// Points of a chunk, where that is not left to their number.
    #[cfg(feature = "parquet")]
    chunk_points: Option<u64>,
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
            #[cfg(feature = "parquet")]
            chunk_points: None,
        }
    }

    /// Only this part of the points.
    #[must_use]
    pub const fn shard(mut self, shard: Shard) -> Self {
        self.shard = shard;
        self
    }

    /// So many points in a chunk, which one thread works on.
    #[cfg(feature = "parquet")]
    pub(crate) const fn chunks_of(mut self, points: u64) -> Self {
        self.chunk_points = Some(points);
        self
    }

    /// What stands for its file in errors.
    #[cfg(feature = "parquet")]
    pub(crate) fn name(&self) -> &str {
        &self.name
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
        check_is_no_space(&self.study).map_err(|source| self.wrong(source))?;
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

    /// What becomes of every point, without a folder: in the order of points.
    ///
    /// # Errors
    /// As [`Sweep::points`]; [`Error::Cancelled`] where `progress` says so.
    pub fn evaluate(&self, progress: &dyn Progress) -> Result<Vec<Evaluation>, Error> {
        let rows = self.rows(0..u64::MAX, progress)?;
        Ok(rows.into_iter().map(|row| row.evaluation).collect())
    }

    /// What becomes of the points with these numbers, in their order; numbers beyond the last are left out. Parts of a sweep that are
    /// worked on apart have the rows of the whole.
    ///
    /// # Errors
    /// As [`Sweep::evaluate`].
    pub fn rows(&self, numbers: Range<u64>, progress: &dyn Progress) -> Result<Vec<Row>, Error> {
        use rayon::prelude::*;

        let points = self.points()?;
        let evaluator = Evaluator::new(&self.study, &points, Requests::default());
        evaluator.check_metrics()?;
        let listed: Vec<_> = (numbers.start..numbers.end.min(points.len()))
            .filter_map(|number| points.get(number))
            .collect();
        progress.total(listed.len() as u64);
        listed
            .into_par_iter()
            .map(|point| {
                progress::check(progress)?;
                let evaluation = evaluator.evaluate(&point);
                progress.advance();
                Ok(Row {
                    point: point.index,
                    values: point.values,
                    evaluation,
                })
            })
            .collect()
    }

    pub(crate) fn wrong(&self, source: StudyError) -> Error {
        Error::Study {
            path: PathBuf::from(&self.name),
            source,
        }
    }
}

/// A bundled study, or one from a file.
fn load(name: &str) -> Result<Study, Error> {
    let path = Path::new(name);
    let is_file = path.is_file() || path.extension().is_some_and(|extension| extension == "json");
    let study = if is_file {
        let text = file::read_text(path)?;
        Study::from_json(&text, name)
    } else {
        Study::bundled(name)
    };
    study.map_err(|source| match source {
        // These name the file themselves.
        StudyError::Json(_) | StudyError::Unknown { .. } => Error::Sweep(source.into()),
        StudyError::Field { .. } => Error::Study {
            path: path.to_owned(),
            source,
        },
    })
}

/// A space to search is no study to sweep.
fn check_is_no_space(study: &Study) -> Result<(), StudyError> {
    match study.search {
        None => Ok(()),
        Some(_) => Err(StudyError::Field {
            field: "search".to_owned(),
            reason: "is stated: this is a space to search".to_owned(),
            expected: "`tilesim search`, or a study without it".to_owned(),
        }),
    }
}
