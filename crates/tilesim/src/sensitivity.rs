//! How a run responds to its numbers: every one of them made a little larger and a little smaller, and run.

use rayon::prelude::*;
use tilesim_program::Program;
use tilesim_response::{
    Curve, Figures, NotVaried, Number, NumberSensitivity, Response, Sensitivity, Side, Subject, on_curve,
    stepped,
};

use crate::{
    Error, Progress, Simulation, Simulator,
    numbers::{RunNumber, number_of, numbers},
    progress,
};

/// What is asked about a run's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct SensitivityOptions {
    /// Factor by which numbers are made larger and smaller, above 1 and at most 16.
    pub step: f64,
    /// Whether the program of the run as it is is timed on the other machines too.
    pub hold_plans: bool,
    /// Numbers to follow from a quarter to four times what they are.
    pub curves: Vec<String>,
}

impl Default for SensitivityOptions {
    /// Ten per cent to either side.
    fn default() -> Self {
        Self {
            step: 1.1,
            hold_plans: false,
            curves: Vec::new(),
        }
    }
}

/// Most of a step.
const LARGEST_STEP: f64 = 16.0;
/// Powers of two, in halves, over which a curve goes to either side.
const CURVE_HALVES: i32 = 4;
/// Numbers that are run on one side where those before them have no run, such as group sizes that divide no width.
const MOST_RUNS: usize = 4;

/// How time, memory and energy of a run respond to every number of its machine, its network and the way it is run: elasticities by finite
/// differences, what limits the run on either side, and what to buy next.
///
/// ```
/// use tilesim::{SensitivityOptions, Simulation, Simulator, sensitivity};
///
/// let run = Simulation::of("mobilenet-v1@:resolution=32,machine.tiles=64")?;
/// let answer = sensitivity(&run, &SensitivityOptions::default(), &Simulator::new(), &())?;
/// let clock = answer.numbers.iter().find(|number| number.key == "machine.clock_hz");
/// // Cycles do not depend on how long one is.
/// assert!(clock.and_then(|clock| clock.replanned.time.between).is_some_and(|slope| (slope + 1.0).abs() < 1e-6));
/// # Ok::<(), tilesim::Error>(())
/// ```
///
/// # Errors
/// Where the run itself has no result, the step is none, or a curve's number is none of the run; [`Error::Cancelled`] where `progress` says so. That a
/// changed run has no result is part of the answer.
pub fn sensitivity(
    simulation: &Simulation,
    options: &SensitivityOptions,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<Sensitivity, Error> {
    if !(options.step > 1.0 && options.step <= LARGEST_STEP) {
        return Err(Error::argument(
            "step",
            format!("is {}", options.step),
            format!("a factor above 1, at most {LARGEST_STEP}"),
        ));
    }
    simulation.check()?;
    let (numbers, mut not_varied) = numbers(simulation)?;
    let curves = options
        .curves
        .iter()
        .map(|key| number_of(key, &numbers, simulation.number_formats()));
    let curves = curves.collect::<Result<Vec<&RunNumber>, Error>>()?;
    let program = simulation.lower(simulator)?;
    let result = simulation.result_of(&program, simulator)?;
    let base = Figures::from(&result);
    let (zero, varied): (Vec<&RunNumber>, Vec<&RunNumber>) =
        numbers.iter().partition(|number| number.number.value() == 0.0);
    not_varied.extend(zero.into_iter().map(|number| NotVaried {
        key: number.key.clone(),
        reason: "is 0: no part of it is more or less".to_owned(),
    }));
    progress.total((varied.len() + curves.len()) as u64);
    let asked = Asked {
        simulation,
        simulator,
        base: &base,
    };
    let numbers = varied
        .into_par_iter()
        .map(|number| {
            progress::check(progress)?;
            progress.doing(&number.key);
            let held = options.hold_plans.then_some(&program);
            let answer = asked.number(number, options.step, held);
            progress.advance();
            answer
        })
        .collect::<Vec<Result<NumberSensitivity, Error>>>();
    let curves = curves
        .into_par_iter()
        .map(|number| {
            progress::check(progress)?;
            progress.doing(&number.key);
            let curve = asked.curve(number);
            progress.advance();
            curve
        })
        .collect::<Vec<Result<Curve, Error>>>();
    let overrides = [&result.machine.overrides[..], &result.model.overrides[..]].concat();
    Ok(Sensitivity::new(
        Subject {
            model: result.model.name,
            machine: result.machine.name,
            overrides,
            batch: result.run.batch,
        },
        options.step,
        base.clone(),
        numbers.into_iter().collect::<Result<_, _>>()?,
        curves.into_iter().collect::<Result<_, _>>()?,
        not_varied,
    ))
}

/// A run that is asked about.
struct Asked<'a> {
    simulation: &'a Simulation,
    simulator: &'a Simulator,
    base: &'a Figures,
}

impl Asked<'_> {
    fn number(
        &self,
        number: &RunNumber,
        step: f64,
        held: Option<&Program>,
    ) -> Result<NumberSensitivity, Error> {
        let value = number.number.value();
        let side = |factor| self.side(number, &stepped(number.number, factor));
        let (below, above) = (side(1.0 / step)?, side(step)?);
        let held = match held {
            None => None,
            Some(program) => {
                let sides = (
                    self.held(number, &below, program)?,
                    self.held(number, &above, program)?,
                );
                Some(Response::new(value, self.base, sides.0, sides.1))
            }
        };
        Ok(NumberSensitivity {
            key: number.key.clone(),
            value,
            unit: number.unit.clone(),
            replanned: Response::new(value, self.base, below, above),
            held,
        })
    }

    fn curve(&self, number: &RunNumber) -> Result<Curve, Error> {
        let mut sides: Vec<Side> = Vec::new();
        for halves in -CURVE_HALVES..=CURVE_HALVES {
            let side = if halves == 0 {
                Side::run(&number.key, number.number, self.base.clone())
            } else {
                let factor = f64::from(halves) / 2.0;
                self.side(number, &on_curve(number.number, factor.exp2()))?
            };
            // Small numbers, and those of which few are legal, have fewer neighbours than there are factors.
            if side.value.is_some() && sides.iter().all(|known| known.set != side.set) {
                sides.push(side);
            }
        }
        sides.sort_by(|one, other| one.value.unwrap_or(0.0).total_cmp(&other.value.unwrap_or(0.0)));
        Ok(Curve::new(&number.key, sides))
    }

    /// The run at the first of some numbers that is legal and has one.
    fn side(&self, number: &RunNumber, offered: &[Number]) -> Result<Side, Error> {
        let key = &number.key;
        let mut refused = Side::none("no number on that side is legal".to_owned());
        let mut runs = 0;
        for other in offered {
            let answer = self.changed(number, *other).and_then(|changed| {
                runs += 1;
                changed.result(self.simulator)
            });
            match answer {
                Ok(result) => return Ok(Side::run(key, *other, Figures::from(&result))),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                // What the nearest one lacks is what the user has to know.
                Err(error) if refused.value.is_none() => {
                    refused = Side::refused(key, *other, error.to_string());
                }
                Err(_) => {}
            }
            if runs >= MOST_RUNS {
                break;
            }
        }
        Ok(refused)
    }

    /// The run with another number, where it can be had and its network can be built.
    fn changed(&self, number: &RunNumber, other: Number) -> Result<Simulation, Error> {
        let changed = self.simulation.clone().set(&number.key, other)?;
        changed.check()?;
        if !number.is_of_machine() {
            changed.graph()?;
        }
        Ok(changed)
    }

    /// The program of the run as it is, on the machine of a side.
    fn held(&self, number: &RunNumber, side: &Side, program: &Program) -> Result<Side, Error> {
        let Some(other) = side.set.rsplit('=').next().and_then(Number::of) else {
            return Ok(side.clone());
        };
        if !number.is_of_machine() {
            let reason = "is no number of the machine: it makes another program, which has plans of its own";
            return Ok(Side::refused(&number.key, other, reason.to_owned()));
        }
        let held = self.changed(number, other).and_then(|changed| {
            let result = changed.result_of(program, self.simulator)?;
            Ok(Figures::from(&result))
        });
        match held {
            Ok(figures) => Ok(Side::run(&number.key, other, figures)),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => Ok(Side::refused(&number.key, other, error.to_string())),
        }
    }
}
