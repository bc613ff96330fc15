//! The walk over the steps of a program.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tilesim_geometry::Placement;
use tilesim_program::{
    Action, Movement, Program, ProgramTensor, Source, StepId, TensorRole, VariableId, Work,
    vertex::vector::{PoolingKind, ReduceOp},
    work::{CopyPositions, VectorKernel, VectorWork},
};
use tilesim_terms::Cancellation;

use crate::{
    ExecError, Mode, Tensor, Tensors, exchange, kernels,
    regions::Regions,
    schedule::Schedule,
    site::Site,
    store::{Contributions, VariableValues, gather, is_absent},
};

/// Executes a program, until `cancellation` is asked for: its results by name.
///
/// `inputs` and `weights` are the tensors of the network by their names in the graph.
///
/// # Errors
/// When a tensor is not given, or when the program is wrong: a tile reads what it does not hold; [`ExecError::Cancelled`] where it was.
pub fn execute(
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    mode: Mode,
    cancellation: &Cancellation,
) -> Result<Tensors, ExecError> {
    run(program, inputs, weights, mode, cancellation, None)
}

/// Executes a program as [`execute`] does and hands the result of every operator to `observe`, in the order of computation, with
/// its name in the graph; stops early when that returns false.
///
/// # Errors
/// As [`execute`].
pub fn execute_observed(
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    mode: Mode,
    cancellation: &Cancellation,
    mut observe: impl FnMut(&str, &Tensor) -> bool,
) -> Result<Tensors, ExecError> {
    run(program, inputs, weights, mode, cancellation, Some(&mut observe))
}

/// What is shown the result of every operator.
type Observer<'a> = &'a mut dyn FnMut(&str, &Tensor) -> bool;

fn run(
    program: &Program,
    inputs: &Tensors,
    weights: &Tensors,
    mode: Mode,
    cancellation: &Cancellation,
    mut observe: Option<Observer<'_>>,
) -> Result<Tensors, ExecError> {
    let mut tiles = Tiles::new(program, inputs, weights, mode);
    let mut results: BTreeMap<StepId, Vec<&ProgramTensor>> = BTreeMap::new();
    let mut outputs = Tensors::new();
    for tensor in &program.tensors {
        match tensor.after {
            Some(step) => results.entry(step).or_default().push(tensor),
            // A result that no step computes, such as a view of an input.
            None if tensor.role == TensorRole::Output => {
                outputs.insert(tensor.name.clone(), tiles.read_out(tensor)?);
            }
            None => {}
        }
    }
    let schedule = Schedule::new(program);
    for (index, visit) in schedule.visits.iter().enumerate() {
        let step = &program.steps[visit.step.0 as usize];
        let site = Site {
            step,
            round: visit.round,
            cancellation,
        };
        site.cancelled()?;
        tiles.run(&site)?;
        let tensors = results
            .get(&visit.step)
            .filter(|_| schedule.is_last_of_step(index));
        for tensor in tensors.into_iter().flatten() {
            if observe.is_none() && tensor.role != TensorRole::Output {
                continue;
            }
            let value = tiles.read_out(tensor)?;
            let go_on = observe
                .as_mut()
                .is_none_or(|observe| observe(&tensor.name, &value));
            if tensor.role == TensorRole::Output {
                outputs.insert(tensor.name.clone(), value);
            }
            if !go_on {
                return Ok(outputs);
            }
        }
        for variable in step.touches() {
            if schedule.is_last_use(index, variable.0 as usize) {
                tiles.contents[variable.0 as usize] = None;
            }
        }
    }
    Ok(outputs)
}

/// What the tiles hold of a variable.
#[derive(Debug)]
pub(crate) enum Content {
    /// One value of every element of its region.
    Elements(VariableValues),
    /// Several, to be reduced.
    Contributions(Contributions),
}

/// Whether work copies a part of a tensor.
const fn is_slice_copy(work: &Work) -> bool {
    matches!(
        work,
        Work::Rearrangement(_)
            | Work::Vector(VectorWork {
                kernel: VectorKernel::DynamicSlice { .. }
                    | VectorKernel::Copy {
                        positions: CopyPositions::Take { .. } | CopyPositions::Put { .. },
                        ..
                    },
                ..
            })
    )
}

/// The tiles and what they hold.
struct Tiles<'a> {
    program: &'a Program,
    inputs: &'a Tensors,
    weights: &'a Tensors,
    mode: Mode,
    contents: Vec<Option<Content>>,
    /// Regions of placements that have been met.
    regions: FxHashMap<Placement, Arc<Regions>>,
    /// The input that each variable holds at first.
    fed: BTreeMap<VariableId, &'a str>,
    /// Variables that are put together of slices and that nobody has read yet.
    pieced: BTreeSet<VariableId>,
}

impl<'a> Tiles<'a> {
    fn new(program: &'a Program, inputs: &'a Tensors, weights: &'a Tensors, mode: Mode) -> Self {
        let fed = program
            .tensors
            .iter()
            .filter(|tensor| tensor.role == TensorRole::Input)
            .map(|tensor| (tensor.variable, tensor.name.as_str()))
            .collect();
        Self {
            program,
            inputs,
            weights,
            mode,
            contents: program.variables.iter().map(|_| None).collect(),
            regions: FxHashMap::default(),
            fed,
            pieced: BTreeSet::new(),
        }
    }

    fn name(&self, id: VariableId) -> &'a str {
        &self.program.variables[id.0 as usize].name
    }

    /// What every tile has of a placement.
    fn regions(&mut self, placement: &Placement) -> Arc<Regions> {
        if let Some(regions) = self.regions.get(placement) {
            return Arc::clone(regions);
        }
        let regions = Arc::new(Regions::of(placement));
        self.regions.insert(placement.clone(), Arc::clone(&regions));
        regions
    }

    fn regions_of(&mut self, id: VariableId) -> Arc<Regions> {
        let program = self.program;
        self.regions(&program.variables[id.0 as usize].placement)
    }

    fn run(&mut self, site: &Site<'_>) -> Result<(), ExecError> {
        let step = site.step;
        for id in &step.reads {
            self.feed(*id)?;
            self.is_complete(site, *id)?;
        }
        match &step.action {
            Action::Host { .. } => Ok(()),
            Action::Replicas { group, .. } => self.add_up(site, *group),
            Action::Exchange(movements) => {
                if step.reads.len() != movements.len() || step.writes.len() != movements.len() {
                    return Err(site.malformed("an exchange reads and writes one variable per movement"));
                }
                for ((movement, read), write) in movements.iter().zip(&step.reads).zip(&step.writes) {
                    let to = match movement {
                        Movement::Transfer(transfer) => self.regions(&transfer.to),
                        Movement::PartialResults(transfer) => self.regions(&transfer.to),
                        Movement::PartialSums(exchange) => self.regions(&exchange.outputs),
                    };
                    let from = self.held(site, *read)?;
                    let tensor = self.name(*read);
                    let content = match movement {
                        Movement::PartialSums(exchange) => {
                            let sums = exchange::partial_sums(site, exchange, &to, from, tensor)?;
                            Content::Contributions(sums)
                        }
                        Movement::PartialResults(transfer) => {
                            Content::Contributions(exchange::partials(site, from, tensor, to, transfer)?)
                        }
                        Movement::Transfer(_) => {
                            Content::Elements(exchange::transfer(site, from, tensor, to)?)
                        }
                    };
                    self.contents[write.0 as usize] = Some(content);
                }
                Ok(())
            }
            Action::Compute(work) => self.compute(site, work),
        }
    }

    /// Replicas are given the same here, so that all of them add up what this one has.
    fn add_up(&mut self, site: &Site<'_>, group: u32) -> Result<(), ExecError> {
        for (read, write) in site.step.reads.iter().zip(&site.step.writes) {
            let mut sum = self.held(site, *read)?.clone();
            for value in sum.values.iter_mut().flatten() {
                *value *= group as f32;
            }
            self.contents[write.0 as usize] = Some(Content::Elements(sum));
        }
        Ok(())
    }

    fn compute(&mut self, site: &Site<'_>, work: &Work) -> Result<(), ExecError> {
        let step = site.step;
        // Zeros around operands are no elements of theirs.
        if matches!(work, Work::Uniform(_)) {
            return Ok(());
        }
        if let Work::LocalReduction(_) | Work::Partials(_) = work {
            if step.reads.len() != step.writes.len() {
                return Err(site.malformed("a reduction reads and writes as many variables"));
            }
            let mut pairs = step.reads.iter().zip(&step.writes);
            return pairs.try_for_each(|(read, write)| self.reduce(site, work, *read, *write));
        }
        let &[write] = step.writes.as_slice() else {
            return Err(site.malformed("a compute set writes one variable"));
        };
        let output = self.regions_of(write);
        let format = self
            .mode
            .format_of_bytes(self.program.variables[write.0 as usize].element_bytes);
        let content = match work {
            Work::Convolution(work) => {
                let &[input, weights] = step.reads.as_slice() else {
                    return Err(site.malformed("a convolution reads inputs and weights"));
                };
                let operands = [input, weights].map(|id| (self.name(id), self.held(site, id)));
                let [(input_name, input), (weights_name, weights)] = operands;
                kernels::convolution(
                    site,
                    work,
                    [(input_name, input?), (weights_name, weights?)],
                    output,
                    self.mode.format(work.whole.partials_type),
                )?
            }
            Work::Pooling(work) if work.kernel.kind == PoolingKind::MaximumGradient => {
                let &[gradient, input, pooled] = step.reads.as_slice() else {
                    return Err(
                        site.malformed("a gradient of a pooling reads a gradient, an input and an output")
                    );
                };
                let [gradient, input, pooled] =
                    [gradient, input, pooled].map(|id| self.held(site, id).map(|held| (self.name(id), held)));
                kernels::maximum_gradient(site, work, [gradient?, input?, pooled?], output)?
            }
            Work::Pooling(work) => {
                let operands = step
                    .reads
                    .iter()
                    .map(|id| Ok((self.name(*id), self.held(site, *id)?)))
                    .collect::<Result<Vec<_>, ExecError>>()?;
                kernels::pooling(site, work, &operands, output)?
            }
            Work::ReduceAdd(work) => {
                let received = site.read(1)?;
                kernels::reduce_gathered(
                    self.gathered(site, received)?,
                    ReduceOp::Add,
                    1.0,
                    self.mode.format(work.output_type),
                )
            }
            Work::Vector(work) => {
                let over = self.regions(&work.over);
                let operands = step
                    .reads
                    .iter()
                    .map(|id| Ok((self.name(*id), self.held(site, *id)?)))
                    .collect::<Result<Vec<_>, ExecError>>()?;
                let before = match &self.contents[write.0 as usize] {
                    Some(Content::Elements(held)) => Some(held),
                    _ => None,
                };
                kernels::vector(site, work, &over, &operands, before, output)?
            }
            Work::Rearrangement(work) => {
                let operands = step
                    .reads
                    .iter()
                    .map(|id| Ok((self.name(*id), self.held(site, *id)?)))
                    .collect::<Result<Vec<_>, ExecError>>()?;
                let before = match &self.contents[write.0 as usize] {
                    Some(Content::Elements(held)) => Some(held),
                    _ => None,
                };
                kernels::rearrangement(site, work, &operands, before, output)?
            }
            Work::Uniform(_) | Work::LocalReduction(_) | Work::Partials(_) => return Ok(()),
        };
        let mut content = content;
        if is_slice_copy(work) {
            // Values stay as they are, and so do elements that the other slices will bring.
            self.pieced.insert(write);
        } else {
            content
                .values
                .par_iter_mut()
                .for_each(|values| format.round(values));
        }
        self.contents[write.0 as usize] = Some(Content::Elements(content));
        Ok(())
    }

    /// One of the tensors that a reduction takes at once.
    fn reduce(
        &mut self,
        site: &Site<'_>,
        work: &Work,
        read: VariableId,
        write: VariableId,
    ) -> Result<(), ExecError> {
        let content = match work {
            Work::Partials(work) => kernels::reduce_gathered(
                self.gathered(site, read)?,
                work.op,
                work.scale.value(),
                self.mode.format(work.output_type),
            ),
            Work::LocalReduction(work) => {
                let over = self.regions(&work.over);
                let output = self.regions_of(write);
                let x = self.held(site, read)?;
                let format = self.mode.format(work.output_type);
                let mut reduced = kernels::reduce_on_tile(site, &over, x, work.op, work.channels, output)?;
                let tiles = reduced.values.par_iter_mut();
                tiles.for_each(|values| format.round(values));
                reduced
            }
            _ => return Err(site.malformed("no reduction")),
        };
        self.contents[write.0 as usize] = Some(Content::Elements(content));
        Ok(())
    }

    fn held(&self, site: &Site<'_>, id: VariableId) -> Result<&VariableValues, ExecError> {
        match &self.contents[id.0 as usize] {
            Some(Content::Elements(held)) => Ok(held),
            Some(Content::Contributions(_)) => {
                Err(site.malformed("partial results are read before they are reduced"))
            }
            None => Err(self.unwritten(site, id)),
        }
    }

    /// Looks for elements that no slice has brought, where a variable was put together of slices.
    fn is_complete(&mut self, site: &Site<'_>, id: VariableId) -> Result<(), ExecError> {
        if !self.pieced.remove(&id) {
            return Ok(());
        }
        let held = self.held(site, id)?;
        for (tile, values) in held.values.iter().enumerate() {
            if let Some(place) = values.iter().position(|value| is_absent(*value)) {
                let index = held.regions.index_held(tile, place);
                return Err(site.missing(tile, self.name(id), index));
            }
        }
        Ok(())
    }

    fn gathered(&self, site: &Site<'_>, id: VariableId) -> Result<&Contributions, ExecError> {
        match &self.contents[id.0 as usize] {
            Some(Content::Contributions(gathered)) => Ok(gathered),
            Some(Content::Elements(_)) => Err(site.malformed("what is reduced are no partial results")),
            None => Err(self.unwritten(site, id)),
        }
    }

    fn unwritten(&self, site: &Site<'_>, id: VariableId) -> ExecError {
        ExecError::Unwritten {
            step: site.step.name.clone(),
            tensor: self.name(id).to_owned(),
        }
    }

    /// Lets the tiles hold a parameter or input, if the variable is one and they do not yet.
    fn feed(&mut self, id: VariableId) -> Result<(), ExecError> {
        let program = self.program;
        let variable = &program.variables[id.0 as usize];
        if self.contents[id.0 as usize].is_some() {
            return Ok(());
        }
        let tensor = |tensors: &'a Tensors, name: &str| {
            tensors.get(name).ok_or_else(|| ExecError::MissingTensor {
                name: name.to_owned(),
            })
        };
        let made: Vec<f32>;
        let (name, values) = match (&variable.source, self.fed.get(&id)) {
            (Some(Source::Tensor(name)), _) => (name.as_str(), &tensor(self.weights, name)?.values),
            (Some(Source::InverseDeviation { variance, epsilon }), _) => {
                made = tensor(self.weights, variance)?
                    .values
                    .iter()
                    .map(|variance| (1.0 / (f64::from(*variance) + epsilon.value()).sqrt()) as f32)
                    .collect();
                (variance.as_str(), &made)
            }
            (Some(Source::Constant(values)), _) => {
                made = values.iter().map(|value| value.value() as f32).collect();
                (variable.name.as_str(), &made)
            }
            (None, Some(name)) => (*name, &tensor(self.inputs, name)?.values),
            (None, None) => return Ok(()),
        };
        let regions = self.regions(&variable.placement);
        if regions.elements() != values.len() {
            return Err(ExecError::Elements {
                name: name.to_owned(),
                expected: regions.elements() as u64,
                got: values.len() as u64,
            });
        }
        let format = self.mode.format_of_bytes(variable.element_bytes);
        let mut rounded = values.clone();
        format.round(&mut rounded);
        // The mark of absent elements is one of many values that are no numbers.
        for value in rounded.iter_mut().filter(|value| value.is_nan()) {
            *value = f32::NAN;
        }
        let values = (0..regions.tiles())
            .into_par_iter()
            .map(|tile| gather(&regions, tile, &rounded))
            .collect();
        self.contents[id.0 as usize] = Some(Content::Elements(VariableValues { regions, values }));
        Ok(())
    }

    /// A tensor of the network as a whole.
    fn read_out(&mut self, tensor: &ProgramTensor) -> Result<Tensor, ExecError> {
        self.feed(tensor.variable)?;
        let name = || tensor.name.clone();
        let Some(Content::Elements(held)) = &self.contents[tensor.variable.0 as usize] else {
            return Err(ExecError::MissingTensor { name: name() });
        };
        let values = held.whole();
        let elements: u64 = tensor.shape.iter().product();
        if values.len() as u64 != elements {
            return Err(ExecError::Elements {
                name: name(),
                expected: elements,
                got: values.len() as u64,
            });
        }
        if let Some(index) = values.iter().position(|value| is_absent(*value)) {
            return Err(ExecError::MissingElement {
                step: "read out".to_owned(),
                tile: 0,
                tensor: name(),
                index: held.regions.index(index),
            });
        }
        Ok(Tensor {
            shape: tensor.shape.clone(),
            values,
        })
    }
}
