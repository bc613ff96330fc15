//! Measurements of training: a configuration is a system, and that an update.

use tilesim_validate::silicon::TrainingMeasurement;

use super::predict::Prediction;
use crate::{Error, Simulator, system, training};

pub(super) fn predict(measured: &TrainingMeasurement, simulator: &Simulator) -> Result<Prediction, Error> {
    if !system::is_system(&measured.configuration) {
        return Ok(Prediction::Unsupported(format!(
            "nothing is known of the configuration `{}`",
            measured.configuration
        )));
    }
    let loaded = system::load(&measured.configuration)?;
    let chips = u64::from(loaded.system.interconnect.chips);
    if chips != measured.chips {
        return Ok(Prediction::Unsupported(format!(
            "`{}` has {chips} chips, and {} were measured",
            measured.configuration, measured.chips
        )));
    }
    let machine = &loaded.machine.machine.name;
    if *machine != measured.machine {
        return Ok(Prediction::Unsupported(format!(
            "the chips of `{}` are {machine}, and {} was measured",
            measured.configuration, measured.machine
        )));
    }
    let result = training::validation::updated(
        &measured.configuration,
        [measured.micro_batch, measured.accumulation],
        simulator,
    )?;
    Ok(Prediction::Figure {
        predicted: if measured.in_cycles {
            result.time.cycles as f64
        } else {
            result.time.images_per_second
        },
        fits: Some(result.memory.fits),
        remark: None,
    })
}
