//! Which shard a job is, by what its scheduler says of it.
//!
//! The variables, as the manuals state them: Slurm `SLURM_ARRAY_TASK_ID`, `_COUNT`, `_MIN`, `_MAX`, `_STEP` (sbatch, "output environment
//! variables"); Kubernetes `JOB_COMPLETION_INDEX`, from 0 (Jobs, "completion mode"); PBS `PBS_ARRAY_INDEX` (`OpenPBS`, qsub `-J`) and
//! `PBS_ARRAYID` (Torque, qsub `-t`), both from whatever the job says; GNU parallel `PARALLEL_SEQ`, from 1. Only Slurm says how many
//! there are.

use crate::Shard;

/// How many shards there are, where the scheduler does not say.
const COUNT: &str = "TILESIM_SHARD_COUNT";
/// The number of the first, where the scheduler does not say.
const FIRST: &str = "TILESIM_SHARD_FIRST";

/// What a scheduler says of a job.
struct Scheduler {
    name: &'static str,
    /// The variable with the number of the job.
    index: &'static str,
    /// The number of the first one, where that is fixed.
    first: Option<u64>,
}

const SCHEDULERS: [Scheduler; 5] = [
    Scheduler {
        name: "Slurm",
        index: "SLURM_ARRAY_TASK_ID",
        first: None,
    },
    Scheduler {
        name: "Kubernetes",
        index: "JOB_COMPLETION_INDEX",
        first: Some(0),
    },
    Scheduler {
        name: "PBS",
        index: "PBS_ARRAY_INDEX",
        first: None,
    },
    Scheduler {
        name: "Torque",
        index: "PBS_ARRAYID",
        first: None,
    },
    Scheduler {
        name: "GNU parallel",
        index: "PARALLEL_SEQ",
        first: Some(1),
    },
];

/// Why a job cannot tell which shard it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// It is none of an array.
    #[error("no scheduler says which job this is; expected one of {expected}, or `--shard I/N`")]
    NoScheduler {
        /// Variables that would say so.
        expected: String,
    },
    /// Several schedulers say something.
    #[error(
        "{found} are all set, and each would make it another shard; expected one of them: unset the others, or say `--shard I/N`"
    )]
    Ambiguous {
        /// The variables.
        found: String,
    },
    /// A variable is missing.
    #[error("{scheduler} does not say {what}; expected {variable}, the same for all jobs, or `--shard I/N`")]
    Missing {
        /// Who started the job.
        scheduler: &'static str,
        /// What is not known.
        what: &'static str,
        /// The variable that would say so.
        variable: &'static str,
    },
    /// A variable holds what makes no sense.
    #[error("{variable} is `{value}`; expected {expected}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: String,
    },
}

impl Shard {
    /// The shard that a job of an array is; `variable` looks into its environment.
    ///
    /// ```
    /// use tilesim_study::Shard;
    ///
    /// let job = [("JOB_COMPLETION_INDEX", "2"), ("TILESIM_SHARD_COUNT", "8")];
    /// let variable = |name: &str| Some(job.iter().find(|(known, _)| *known == name)?.1.to_owned());
    /// assert_eq!(Shard::of_job(variable), Ok(Shard { index: 3, count: 8 }));
    /// ```
    ///
    /// # Errors
    /// Where no scheduler says which job it is, several do, or one of them says too little or what cannot be.
    pub fn of_job(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ShardError> {
        let number = |name: &'static str| {
            let whole = |value: String| {
                value.trim().parse::<u64>().map_err(|_| ShardError::Variable {
                    variable: name,
                    value,
                    expected: "a whole number".to_owned(),
                })
            };
            variable(name).map(whole).transpose()
        };
        let set: Vec<&Scheduler> = SCHEDULERS
            .iter()
            .filter(|scheduler| variable(scheduler.index).is_some())
            .collect();
        let scheduler = match set.as_slice() {
            [] => {
                return Err(ShardError::NoScheduler {
                    expected: names(SCHEDULERS.iter()),
                });
            }
            [scheduler] => *scheduler,
            several => {
                return Err(ShardError::Ambiguous {
                    found: names(several.iter().copied()),
                });
            }
        };
        let missing = |what, variable| ShardError::Missing {
            scheduler: scheduler.name,
            what,
            variable,
        };
        let job = number(scheduler.index)?.unwrap_or_default();
        let array = match scheduler.index {
            "SLURM_ARRAY_TASK_ID" => Some(slurm(&number)?),
            _ => None,
        };
        let (stated_first, stated_count) = (number(FIRST)?, number(COUNT)?);
        let count = stated_count
            .or(array.as_ref().map(|array| array.count))
            .ok_or_else(|| missing("how many jobs there are", COUNT))?;
        // Some jobs of an array that are submitted again are an array of their own, which begins elsewhere.
        let is_whole = array.as_ref().is_some_and(|array| array.count == count);
        let first = stated_first
            .or(scheduler.first)
            .or(array.as_ref().filter(|_| is_whole).map(|array| array.first))
            .or(no_choice(job, count).filter(|_| array.is_none()))
            .ok_or_else(|| missing("the number of the first job", FIRST))?;
        let step = array.map_or(1, |array| array.step);
        let place = job.checked_sub(first).filter(|place| place % step == 0);
        match place.map(|place| place / step) {
            Some(place) if place < count => Ok(Self {
                index: place + 1,
                count,
            }),
            _ => Err(ShardError::Variable {
                variable: scheduler.index,
                value: job.to_string(),
                expected: format!("one of {count} jobs that begin with {first}"),
            }),
        }
    }
}

/// An array of jobs, as Slurm describes it.
struct Array {
    first: u64,
    step: u64,
    count: u64,
}

fn slurm(number: &impl Fn(&'static str) -> Result<Option<u64>, ShardError>) -> Result<Array, ShardError> {
    let required = |name| {
        let what = "which jobs the array has";
        number(name)?.ok_or(ShardError::Missing {
            scheduler: "Slurm",
            what,
            variable: name,
        })
    };
    let (first, count) = (
        required("SLURM_ARRAY_TASK_MIN")?,
        required("SLURM_ARRAY_TASK_COUNT")?,
    );
    let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
    // A list with gaps, such as `--array=1,5,9`, says nowhere which places of it are taken.
    if let Some(last) = number("SLURM_ARRAY_TASK_MAX")?
        && last.saturating_sub(first) / step + 1 != count
    {
        return Err(ShardError::Variable {
            variable: "SLURM_ARRAY_TASK_MAX",
            value: last.to_string(),
            expected: format!(
                "{count} jobs in steps of {step} from {first}: an array without gaps, or `--shard I/N`"
            ),
        });
    }
    Ok(Array { first, step, count })
}

/// The number of the first job, where the number of this one leaves no choice between 0 and 1.
fn no_choice(job: u64, count: u64) -> Option<u64> {
    match job {
        0 => Some(0),
        job if job == count => Some(1),
        _ => None,
    }
}

fn names<'a>(schedulers: impl Iterator<Item = &'a Scheduler>) -> String {
    let described = schedulers.map(|scheduler| format!("{} ({})", scheduler.index, scheduler.name));
    described.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(job: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| Some(job.iter().find(|(known, _)| *known == name)?.1.to_owned());
        Shard::of_job(variable)
            .map(|shard| shard.to_string())
            .map_err(|error| error.to_string())
    }

    /// Variables of a job of a Slurm array from `first` to `last`.
    fn slurm_job(
        job: &'static str,
        first: &'static str,
        last: &'static str,
        count: &'static str,
    ) -> Vec<(&'static str, &'static str)> {
        vec![
            ("SLURM_ARRAY_TASK_ID", job),
            ("SLURM_ARRAY_TASK_MIN", first),
            ("SLURM_ARRAY_TASK_MAX", last),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ]
    }

    #[test]
    fn every_scheduler_is_understood() {
        for (job, expected) in [
            (slurm_job("0", "0", "3", "4"), "1/4"),
            (slurm_job("3", "0", "3", "4"), "4/4"),
            (slurm_job("4", "1", "4", "4"), "4/4"),
            (vec![("JOB_COMPLETION_INDEX", "0"), (COUNT, "4")], "1/4"),
            (vec![("JOB_COMPLETION_INDEX", "3"), (COUNT, "4")], "4/4"),
            (vec![("PBS_ARRAY_INDEX", "0"), (COUNT, "4")], "1/4"),
            (vec![("PBS_ARRAY_INDEX", "4"), (COUNT, "4")], "4/4"),
            (vec![("PBS_ARRAY_INDEX", "2"), (COUNT, "4"), (FIRST, "1")], "2/4"),
            (vec![("PBS_ARRAYID", "2"), (COUNT, "4"), (FIRST, "0")], "3/4"),
            (
                vec![("PARALLEL_SEQ", "1"), ("PARALLEL_JOBSLOT", "2"), (COUNT, "4")],
                "1/4",
            ),
        ] {
            assert_eq!(shard(&job).as_deref(), Ok(expected), "{job:?}");
        }
        let mut stepped = slurm_job("6", "2", "8", "4");
        stepped.push(("SLURM_ARRAY_TASK_STEP", "2"));
        assert_eq!(shard(&stepped).as_deref(), Ok("3/4"));
    }

    #[test]
    fn one_job_that_is_submitted_again_is_not_the_whole_array() {
        let mut again = slurm_job("3", "3", "3", "1");
        again.push((COUNT, "8"));
        assert!(shard(&again).expect_err("the first is not known").contains(FIRST));
        again.push((FIRST, "0"));
        assert_eq!(shard(&again).as_deref(), Ok("4/8"));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for (job, expected) in [
            (vec![], "no scheduler says which job this is"),
            (
                vec![("PARALLEL_SEQ", "1"), ("JOB_COMPLETION_INDEX", "1")],
                "JOB_COMPLETION_INDEX (Kubernetes), PARALLEL_SEQ (GNU parallel) are all set",
            ),
            (vec![("JOB_COMPLETION_INDEX", "1")], COUNT),
            (vec![("SLURM_ARRAY_TASK_ID", "1")], "SLURM_ARRAY_TASK_MIN"),
            (vec![("PBS_ARRAY_INDEX", "2"), (COUNT, "4")], FIRST),
            (slurm_job("5", "1", "9", "3"), "an array without gaps"),
            (
                vec![("JOB_COMPLETION_INDEX", "4"), (COUNT, "4")],
                "JOB_COMPLETION_INDEX is `4`; expected one of 4 jobs that begin with 0",
            ),
            (
                vec![("PARALLEL_SEQ", "0"), (COUNT, "4")],
                "one of 4 jobs that begin with 1",
            ),
            (vec![("PARALLEL_SEQ", "-1"), (COUNT, "4")], "a whole number"),
            (vec![("PARALLEL_SEQ", "1"), (COUNT, "0")], "one of 0 jobs"),
        ] {
            let error = shard(&job).expect_err(expected);
            assert!(error.contains(expected), "{job:?}: {error}");
        }
    }
}
