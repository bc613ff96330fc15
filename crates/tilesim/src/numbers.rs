//! The numbers that a run depends on, under the keys that set them.

use tilesim_response::{NotVaried, Number};

use crate::{Error, Simulation, network::Definition};

/// A number of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunNumber {
    /// As [`Simulation::set`] takes it.
    pub(crate) key: String,
    /// As it is.
    pub(crate) number: Number,
    /// Its unit; empty where it has none.
    pub(crate) unit: String,
}

impl RunNumber {
    fn new(key: &str, number: Number, unit: &str) -> Self {
        Self {
            key: key.to_owned(),
            number,
            unit: unit.to_owned(),
        }
    }

    /// Whether it is one of the machine, so that a program can stay as it is.
    pub(crate) fn is_of_machine(&self) -> bool {
        self.key.starts_with("machine.")
    }
}

/// Every number of a run: of its machine, of its network, of how it is run; and the fields of the network that state none.
///
/// # Errors
/// Where the network cannot be built.
pub(crate) fn numbers(simulation: &Simulation) -> Result<(Vec<RunNumber>, Vec<NotVaried>), Error> {
    let (mut numbers, mut unstated) = (Vec::new(), Vec::new());
    for value in simulation.machine_variant().values() {
        if let Some(number) = Number::of(&value.value) {
            numbers.push(RunNumber::new(
                &format!("machine.{}", value.key),
                number,
                &value.unit,
            ));
        }
    }
    if let Definition::Spec(spec) = simulation.network().definition() {
        for (key, value) in spec.values() {
            match Number::of(&value) {
                Some(number) => numbers.push(RunNumber::new(&key, number, "")),
                None if key == "resolution" => {
                    let pixels = native_resolution(simulation)?;
                    numbers.extend(pixels.map(|pixels| RunNumber::new(&key, Number::Whole(pixels), "")));
                }
                // One that could be a number.
                None if value == "null" && spec.clone().set(&key, "1").is_ok() => unstated.push(NotVaried {
                    reason: format!("is not stated; `--set {key}=VALUE` states it"),
                    key,
                }),
                // Names, such as those of norms, and lists.
                None => {}
            }
        }
    }
    numbers.push(RunNumber::new(
        "batch",
        Number::Whole(simulation.batch_size()?),
        "images",
    ));
    numbers.push(RunNumber::new(
        "available_memory_proportion",
        Number::Decimal(simulation.lower_options().available_memory_proportion),
        "",
    ));
    Ok((numbers, unstated))
}

/// Height of the images of a network whose specification leaves it to its variant.
fn native_resolution(simulation: &Simulation) -> Result<Option<u64>, Error> {
    let graph = simulation.network().graph(1)?;
    let input = graph.inputs.first();
    Ok(input.and_then(|input| graph.tensor(*input).shape.last().copied()))
}
