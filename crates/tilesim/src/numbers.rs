//! The numbers that a run depends on, under the keys that set them.

use tilesim_response::{NotVaried, Number};

use crate::{Error, Precision, Simulation, network::Definition};

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

/// The number that a key names. One of the machine may be named without `machine.`; some have names of their own: `dot_product_length`, that of the
/// run's `formats`, `sram` and `exchange_rate`.
pub(crate) fn number_of<'a>(
    key: &str,
    numbers: &'a [RunNumber],
    formats: Precision,
) -> Result<&'a RunNumber, Error> {
    let named = match (key, formats) {
        ("dot_product_length", Precision::F32F32) => "weights_per_conv_unit_f32",
        ("dot_product_length", _) => "weights_per_conv_unit_f16",
        ("sram", _) => "tile_memory_bytes",
        ("exchange_rate", _) => "exchange_bytes_per_cycle",
        _ => key,
    };
    let is_named =
        |number: &&RunNumber| number.key == named || number.key.strip_prefix("machine.") == Some(named);
    let number = numbers.iter().find(is_named).ok_or_else(|| {
        let known: Vec<&str> = numbers.iter().map(|number| number.key.as_str()).collect();
        Error::argument(
            key,
            "is no number of this run",
            format!("one of {}", known.join(", ")),
        )
    })?;
    if number.number.value() == 0.0 {
        return Err(Error::argument(
            key,
            "is 0: no factor makes it another",
            "a number above 0",
        ));
    }
    Ok(number)
}
