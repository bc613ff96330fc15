//! One measurement: what the simulator says of it.

use tilesim_graph::{GraphBuilder, GraphError};
use tilesim_sim::Cause;
use tilesim_terms::{HostIo, HostTransfers, LayerKind};
use tilesim_validate::silicon::{
    CapacityMeasurement, InferenceMeasurement, KernelMeasurement, Measurement, ProductMeasurement,
    SiliconRow, Subject,
};

use super::training;
use crate::{Error, Framework, MachineVariant, Network, Precision, Progress, Simulation, Simulator};

/// What is predicted of a row, or why nothing is.
pub(super) enum Prediction {
    /// A figure.
    Figure {
        /// In the unit of what was measured.
        predicted: f64,
        /// Whether it fits, where memory is asked about.
        fits: Option<bool>,
        /// In what it is of something else than what was measured.
        remark: Option<String>,
    },
    /// Nothing, for this reason.
    Unsupported(String),
}

/// The row of a measurement.
///
/// # Errors
/// [`Error::Cancelled`] alone: any other error is the reason why there is no prediction.
pub(super) fn row(
    measurement: &Measurement,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<SiliconRow, Error> {
    let row = SiliconRow::new(measurement);
    let predicted = match &measurement.subject {
        Subject::Kernel(of) => kernel(of),
        Subject::Product(of) => product(of, simulator),
        Subject::Inference(of) => inference(of, simulator),
        Subject::Capacity(of) => capacity(of, simulator, progress),
        Subject::Training(of) => training::predict(of, simulator),
    };
    match predicted {
        Ok(Prediction::Figure {
            predicted,
            fits,
            remark,
        }) => {
            let row = row.predicted(predicted, fits);
            Ok(match remark {
                Some(remark) => row.with_remark(remark),
                None => row,
            })
        }
        Ok(Prediction::Unsupported(reason)) => Ok(row.unsupported(reason)),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        Err(error) => Ok(row.unsupported(error.to_string())),
    }
}

fn kernel(measured: &KernelMeasurement) -> Result<Prediction, Error> {
    let machine = MachineVariant::load(&measured.machine)?;
    let estimate = measured
        .kernel
        .clone()
        .and_then(|kernel| kernel.estimate(machine.machine()));
    Ok(match estimate {
        Err(reason) => Prediction::Unsupported(reason),
        Ok(estimate) => Prediction::Figure {
            predicted: estimate.cycles as f64,
            fits: None,
            remark: (estimate.counter_cycles > 0).then(|| {
                let cycles = estimate.counter_cycles;
                format!("{cycles} cycles are those of the counter")
            }),
        },
    })
}

/// What was measured is what compute sets and exchanges take: synchronisation is not in it.
fn product(measured: &ProductMeasurement, simulator: &Simulator) -> Result<Prediction, Error> {
    let &ProductMeasurement {
        rows, inner, columns, ..
    } = measured;
    let precision: Precision = measured.precision.parse()?;
    let data_type = precision.data_type();
    let build = move |rows: u64| -> Result<_, GraphError> {
        let mut builder = GraphBuilder::new("product", data_type);
        builder.layer("product", "product", LayerKind::FullyConnected);
        let left = builder.input("left", vec![rows, inner], data_type)?;
        let right = builder.parameter("right", vec![columns, inner])?;
        let product = builder.fully_connected("product", left, right, None)?;
        builder.finish(vec![product])
    };
    let profile = Simulation::new(
        Network::from_code("product", build),
        MachineVariant::load(&measured.machine)?,
    )
    .batch(rows)
    .precision(precision)
    .framework(Framework::LIBRARY)
    .profile_as_needed(simulator)?;
    let synchronisation = profile.causes[Cause::Sync] / profile.tiles.max(1);
    Ok(Prediction::Figure {
        predicted: (profile.cycles - synchronisation) as f64,
        fits: Some(profile.memory.fits),
        remark: None,
    })
}

/// Batches that a call of the host ran in the measurements with overlapped data (`PopRT`'s configuration).
const BATCHES_PER_STEP: u32 = 128;

fn inference(measured: &InferenceMeasurement, simulator: &Simulator) -> Result<Prediction, Error> {
    let host = match measured.host.as_str() {
        "on_chip" => HostTransfers::default(),
        "overlapped" if measured.io_tiles == 0 => {
            return Ok(Prediction::Unsupported(
                "host data beside the computation need I/O tiles, of which the row states none".to_owned(),
            ));
        }
        "overlapped" => HostTransfers {
            io_tiles: u32::try_from(measured.io_tiles).ok(),
            batches_per_step: Some(BATCHES_PER_STEP),
            ..HostIo::Overlapped.into()
        },
        host => {
            return Ok(Prediction::Unsupported(format!(
                "host data `{host}` beside the computation are not simulated"
            )));
        }
    };
    let simulation = simulation(
        &measured.model,
        &measured.settings,
        &measured.machine,
        &measured.precision,
    )?;
    let result = simulation.batch(measured.batch).host(host).result(simulator)?;
    Ok(Prediction::Figure {
        predicted: result.time.images_per_second,
        fits: Some(result.memory.fits),
        remark: None,
    })
}

/// The largest batch that is found, and whether the measured one fits.
fn capacity(
    measured: &CapacityMeasurement,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<Prediction, Error> {
    match measured.mode.as_str() {
        "inference" => {}
        "training" => {
            return Ok(Prediction::Unsupported(
                "one chip trains a network in recomputed segments, which is not simulated".to_owned(),
            ));
        }
        mode => return Ok(Prediction::Unsupported(format!("no mode `{mode}` is simulated"))),
    }
    let simulation = simulation(
        &measured.model,
        &measured.settings,
        &measured.machine,
        &measured.precision,
    )?;
    // What is predicted must not know what was measured: the search begins at one image.
    let single = simulation.clone().batch(1);
    let largest = single.largest_batch(&single.result(simulator)?, simulator, progress)?;
    let measured = simulation.batch(measured.batch).profile(simulator)?;
    Ok(Prediction::Figure {
        predicted: largest as f64,
        fits: Some(measured.memory.fits),
        remark: None,
    })
}

/// The inference of a named network.
fn simulation(
    model: &str,
    settings: &[(String, String)],
    machine: &str,
    precision: &str,
) -> Result<Simulation, Error> {
    let network = Network::load(model)?;
    let mut simulation =
        Simulation::new(network, MachineVariant::load(machine)?).precision(precision.parse()?);
    for (key, value) in settings {
        simulation = simulation.set(key, value)?;
    }
    Ok(simulation)
}
