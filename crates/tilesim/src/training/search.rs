//! The largest micro-batch that fits, of those that leave the global batch as it is.

use tilesim_report::training::TrainingResult;
use tilesim_sim::system::SystemProfile;

use super::Training;
use crate::{Error, Progress, Simulator, progress};

impl Training {
    /// States for every stage, and for all, the largest admissible micro-batch that fits; 0 where none does. `result` is that of
    /// [`Training::run`].
    ///
    /// # Errors
    /// As [`Training::run`]; [`Error::Cancelled`] where `progress` says so.
    pub fn search_micro_batches(
        &self,
        result: &mut TrainingResult,
        simulator: &Simulator,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        search_micro_batches(self, result, simulator, progress)
    }
}

/// States for every stage, and for all, the largest admissible micro-batch that fits; 0 where none does. `result` is that of the
/// update.
///
/// Smaller micro-batches are tried where the update's does not fit, larger ones as long as one fits somewhere.
fn search_micro_batches(
    training: &Training,
    result: &mut TrainingResult,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let admissible = training.setup.admissible_micro_batches();
    let images = training.setup.micro_batch * training.setup.gradient_accumulation;
    let fit = |micro_batch: u64| -> Result<Vec<bool>, Error> {
        progress::check(progress)?;
        progress.doing(&format!(
            "{}: does micro-batch {micro_batch} fit?",
            training.network.name()
        ));
        let mut training = training.clone();
        training.setup.micro_batch = micro_batch;
        training.setup.gradient_accumulation = images / micro_batch;
        Ok(fits(&training.profile(simulator)?))
    };
    let known: Vec<bool> = result.stages.iter().map(|stage| stage.memory.fits).collect();
    let known_batch = training.setup.micro_batch;
    let mut largest: Vec<u64> = known
        .iter()
        .map(|&fits| if fits { known_batch } else { 0 })
        .collect();
    let mut growing = known.clone();
    for &micro_batch in admissible.iter().filter(|&&batch| batch > known_batch) {
        if !growing.contains(&true) {
            break;
        }
        for ((largest, growing), fits) in largest.iter_mut().zip(&mut growing).zip(fit(micro_batch)?) {
            *growing &= fits;
            if *growing {
                *largest = micro_batch;
            }
        }
    }
    for &micro_batch in admissible.iter().rev().filter(|&&batch| batch < known_batch) {
        if !largest.contains(&0) {
            break;
        }
        for (largest, fits) in largest.iter_mut().zip(fit(micro_batch)?) {
            if *largest == 0 && fits {
                *largest = micro_batch;
            }
        }
    }
    result.memory.largest_micro_batch = largest.iter().copied().min();
    for (stage, largest) in result.stages.iter_mut().zip(largest) {
        stage.memory.largest_micro_batch = Some(largest);
    }
    Ok(())
}

fn fits(profile: &SystemProfile) -> Vec<bool> {
    profile.stages.iter().map(|stage| stage.memory.fits).collect()
}
