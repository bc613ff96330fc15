//! Measurements of training: a configuration becomes a system, and that an update.

use std::collections::BTreeMap;

use tilesim_machine::{
    Entry,
    system::{
        MemoryProportion, NetworkReference, OptimiserName, SystemFile, TrainingPrecision, TrainingSection,
        parse,
    },
};
use tilesim_terms::HostIo;
use tilesim_validate::silicon::{Configuration, TrainingMeasurement};

use super::predict::Prediction;
use crate::{Error, Simulator, Training};

pub(super) fn predict(
    measured: &TrainingMeasurement,
    configurations: &BTreeMap<String, Configuration>,
    simulator: &Simulator,
) -> Result<Prediction, Error> {
    let Some(configuration) = configurations.get(&measured.configuration) else {
        return Ok(Prediction::Unsupported(format!(
            "nothing is known of the configuration `{}`",
            measured.configuration
        )));
    };
    let file = match system(measured, configuration) {
        Ok(file) => file,
        Err(reason) => return Ok(Prediction::Unsupported(reason)),
    };
    let text = serde_json::to_string(&file)?;
    let loaded = parse(&text, &measured.configuration)?;
    let result = Training::of_system(loaded)?.run(simulator)?;
    Ok(Prediction::Figure {
        predicted: if measured.in_cycles {
            result.time.cycles as f64
        } else {
            result.time.images_per_second
        },
        fits: Some(result.memory.fits),
        remark: (configuration.optimiser == PLAIN)
            .then(|| "the update keeps a momentum, which the measured one did not".to_owned()),
    })
}

/// The system of a configuration, or why none can be had.
fn system(measured: &TrainingMeasurement, of: &Configuration) -> Result<SystemFile, String> {
    if let Some(segments) = &of.segments_on_one_chip {
        return Err(format!(
            "a chip that recomputes a network in segments ({segments}) is not simulated"
        ));
    }
    if let Some(over) = of
        .norm_statistics_over
        .as_ref()
        .filter(|over| *over != "1 replica")
    {
        return Err(format!("batch norms over {over} are not simulated"));
    }
    let known = |value: Option<u64>, what: &str| value.ok_or_else(|| format!("{what} is not known"));
    let stages = known(of.stages, "the number of stages")?;
    let small = |value: u64, what: &str| u32::try_from(value).map_err(|_| format!("{value} {what}"));
    let mut settings: BTreeMap<String, String> = of.settings.iter().cloned().collect();
    if let Some(norm) = &of.norm {
        settings.entry("norm".to_owned()).or_insert_with(|| norm.clone());
    }
    let (precision, half_partials) = match of.precision.as_str() {
        "16.16" => (TrainingPrecision::Half, true),
        "16.32" => (TrainingPrecision::FloatMaster, false),
        precision => return Err(format!("training in precision `{precision}` is not simulated")),
    };
    let io_tiles = of.io_tiles.filter(|&tiles| tiles > 0);
    let io_tiles = io_tiles.map(|tiles| small(tiles, "I/O tiles")).transpose()?;
    let (preset, values) = preset(measured.chips);
    Ok(SystemFile {
        name: measured.configuration.clone(),
        description: "a measured configuration".to_owned(),
        extends: Some(preset.to_owned()),
        machine: Some(measured.machine.clone()),
        software: None,
        values,
        network: Some(NetworkReference {
            model: of.model.clone(),
            settings,
        }),
        training: TrainingSection {
            stages: Some(small(stages, "stages")?),
            replicas: Some(small(measured.chips / stages.max(1), "replicas")?),
            splits: Some(of.splits.clone()),
            micro_batch: Some(known(measured.micro_batch.or(of.micro_batch), "the micro-batch")?),
            gradient_accumulation: Some(known(
                measured.accumulation.or(of.accumulation),
                "the number of micro-batches of an update",
            )?),
            precision: Some(precision),
            half_partials: Some(half_partials),
            available_memory_proportion: of.available_memory_proportion.map(MemoryProportion::Whole),
            optimiser: Some(optimiser(&of.optimiser)?),
            host_io: io_tiles.map(|_| HostIo::Overlapped),
            io_tiles,
            ..TrainingSection::default()
        },
    })
}

/// Gradient descent without momentum, of which no update is built; that with momentum reads and writes one tensor more.
const PLAIN: &str = "sgd";

fn optimiser(name: &str) -> Result<OptimiserName, String> {
    match name {
        "lars" => Ok(OptimiserName::Lars),
        "sgd_momentum" | PLAIN => Ok(OptimiserName::Momentum),
        "rmsprop" => Ok(OptimiserName::RmsProp),
        name => Err(format!("the optimiser `{name}` is not simulated")),
    }
}

/// The bundled system of so many chips, and how many of them there are where no system has as many.
fn preset(chips: u64) -> (&'static str, BTreeMap<String, Entry>) {
    let preset = match chips {
        1 => "single",
        4 => "pod4",
        16 => "pod16",
        64 => "pod64",
        128 => "pod128",
        256 => "pod256",
        chips => return ("pod16", [("chips".to_owned(), Entry::Bare(chips))].into()),
    };
    (preset, BTreeMap::new())
}
