//! The one way from a network to the answer on one chip: graph, program, profile, result.

mod batch_search;
mod options;
mod subject;

pub use options::{MAX_BATCH, RunOptions};
pub(crate) use options::{USUAL_MACHINE, batch_of, planning_of, precision_of, set_host};
use options::{beside_run_keys, proportion_of};
pub use subject::{Subject, Wanted};

use std::{fmt, ops::RangeInclusive};

use tilesim_graph::{Graph, fold_batch_norm};
use tilesim_lower::{GraphPlans, HostTensors, InputLayout, LowerOptions, LoweredProgram, lower_with_host};
use tilesim_machine::{Machine, software::LoadedSoftware};
use tilesim_program::Program;
use tilesim_report::{Mode, OverlapSection, RunFacts, RunResult, RunSection, summarise};
use tilesim_sim::{Profile, simulate_until};
use tilesim_terms::{Framework, HostIo, HostTransfers, InferenceNorm, Planning, Software};

use crate::{
    Error, InputShape, MachineVariant, ModelReference, Network, Precision, Progress, Setting, Simulator,
    framework, planning::WholeNetwork, progress, software,
};

/// The inference of a network on one chip: everything that a run depends on.
///
/// ```
/// use tilesim::{Simulation, Simulator};
///
/// let simulator = Simulator::new();
/// let run = Simulation::of("efficientnet-b0-g16")?
///     .machine("mk2")?
///     .batch(4)
///     .set("group_size", 8)?
///     .run(&simulator)?;
/// assert!(run.result().memory.fits);
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Simulation {
    network: Network,
    machine: MachineVariant,
    batch: Option<u64>,
    precision: Precision,
    available_memory_proportion: f64,
    host: HostTransfers,
    framework: Framework,
    /// The release of compiler and libraries, whose kernels the machine has; the newest where nothing is said.
    software: Option<LoadedSoftware>,
    planning: Planning,
    trace_tiles: Vec<u32>,
}

/// A result, and for which tile memory of the machine it is the same but for what it says of that memory.
#[derive(Debug)]
pub(crate) struct SharedResult {
    /// The result.
    pub(crate) result: RunResult,
    /// Bytes.
    pub(crate) tile_memory: RangeInclusive<u64>,
}

impl Simulation {
    /// The inference of a model, one image at a time (or as many as its file states) on an mk2 where the text says nothing else:
    /// `NAME|SPEC.json|NET.onnx[@MACHINE[:KEY=VALUE,…]]`.
    ///
    /// # Errors
    /// Where there is no such network or machine, or one of them cannot be changed as the text says.
    pub fn of(model: &str) -> Result<Self, Error> {
        Self::with_options(model, &RunOptions::default())
    }

    /// As [`Simulation::of`], with options for what the text leaves open.
    ///
    /// # Errors
    /// As [`Simulation::of`].
    pub fn with_options(model: &str, options: &RunOptions) -> Result<Self, Error> {
        Self::of_reference(model, &ModelReference::parse(model)?, options)
    }

    /// The inference of a network, one image at a time on `machine`, in half precision.
    pub fn new(network: Network, machine: MachineVariant) -> Self {
        let options = RunOptions::default();
        Self {
            network,
            machine,
            batch: options.batch,
            precision: options.precision,
            available_memory_proportion: options.available_memory_proportion,
            host: options.host,
            framework: options.framework,
            software: None,
            planning: options.planning,
            trace_tiles: options.trace_tiles,
        }
    }

    pub(crate) fn of_reference(
        text: &str,
        reference: &ModelReference,
        options: &RunOptions,
    ) -> Result<Self, Error> {
        let mut batch = options.batch;
        let mut precision = options.precision;
        let mut framework = options.framework;
        let mut software = options.software.clone();
        let mut proportion = options.available_memory_proportion;
        let mut host = options.host;
        let mut planning = options.planning;
        let mut of_network = Vec::new();
        let mut of_machine = Vec::new();
        for setting in options.settings.iter().chain(&reference.settings) {
            match setting.key.as_str() {
                "batch" => batch = Some(batch_of(text, setting)?),
                "precision" => precision = precision_of(text, setting)?,
                "software" => software = Some(setting.value.clone()),
                "available_memory_proportion" => proportion = proportion_of(text, setting)?,
                "planning" => planning = planning_of(text, setting)?,
                _ if setting.machine_key().is_some() => of_machine.push(setting),
                _ if setting.framework_key().is_some() => framework = framework::changed(framework, setting)?,
                _ if set_host(&mut host, text, setting)? => {}
                _ if setting.system_key().is_some() => return Err(no_system(setting)),
                _ => of_network.push(setting),
            }
        }
        let mut network = Network::changed(&reference.source, of_network).map_err(beside_run_keys)?;
        for shape in &options.input_shapes {
            network.bind(shape)?;
        }
        if let (Some(batch), Some(shape)) = (batch, options.input_shapes.first())
            && network.batch()? != batch
        {
            return Err(Error::argument(
                &shape.to_string(),
                format!("batch {batch} is asked for besides"),
                "one of both",
            ));
        }
        let named = reference.machine.as_deref().or(options.machine.as_deref());
        let name = named.unwrap_or(USUAL_MACHINE);
        let mut simulation = Self {
            network,
            machine: MachineVariant::load(name)?.changed(of_machine)?,
            batch,
            precision,
            available_memory_proportion: proportion,
            host,
            framework,
            software: None,
            planning,
            trace_tiles: options.trace_tiles.clone(),
        };
        if let Some(name) = &software {
            simulation = simulation.software(name)?;
        }
        simulation.check()?;
        Ok(simulation)
    }

    /// On this machine: a name, a file, a [`MachineVariant`], or a [`Machine`] that code has put together. What was set of the machine
    /// before goes with it.
    ///
    /// # Errors
    /// Where there is no such machine, or one of its numbers is none that a machine can have.
    pub fn machine<M>(mut self, machine: M) -> Result<Self, Error>
    where
        M: TryInto<MachineVariant>,
        Error: From<M::Error>,
    {
        self.machine = machine.try_into()?;
        self.machine.use_library(self.release().kernels);
        Ok(self)
    }

    /// So many images at a time.
    #[must_use]
    pub fn batch(mut self, batch: u64) -> Self {
        self.batch = Some(batch);
        self
    }

    /// In these number formats.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// With this share of a tile's memory for the temporaries of a convolution, above 0 and at most 1.
    #[must_use]
    pub fn available_memory_proportion(mut self, share: f64) -> Self {
        self.available_memory_proportion = share;
        self
    }

    /// Without the transfers of images and results from and to the host, with them before and after all else, or beside it:
    /// a [`HostIo`](crate::HostIo), or what else there is to say of them.
    #[must_use]
    pub fn host(mut self, transfers: impl Into<HostTransfers>) -> Self {
        self.host = transfers.into();
        self
    }

    /// With what a framework decides about the program.
    #[must_use]
    pub fn framework(mut self, framework: Framework) -> Self {
        self.framework = framework;
        self
    }

    /// With plans of convolutions that are chosen so.
    #[must_use]
    pub fn planning(mut self, planning: Planning) -> Self {
        self.planning = planning;
        self
    }

    /// With a release of compiler and libraries: a bundled name (`sdk-2.0`) or a JSON file.
    ///
    /// # Errors
    /// Where there is none of that name, or what is wrong with its file.
    pub fn software(self, name: &str) -> Result<Self, Error> {
        Ok(self.loaded_software(software::load(name)?))
    }

    /// As [`Simulation::software`], with a release that is loaded.
    pub(crate) fn loaded_software(mut self, release: LoadedSoftware) -> Self {
        self.software = Some(release);
        self.machine.use_library(self.release().kernels);
        self
    }

    /// What compiler and libraries do.
    fn release(&self) -> Software {
        self.software
            .as_ref()
            .map_or_else(Software::default, |loaded| loaded.software)
    }

    /// With a track in the timeline for each of these tiles.
    #[must_use]
    pub fn trace_tiles(mut self, tiles: Vec<u32>) -> Self {
        self.trace_tiles = tiles;
        self
    }

    /// Changes `batch`, `precision`, `software`, `available_memory_proportion`, `planning`, `host_io`, `io_tiles`, `prefetch_depth`,
    /// `batches_per_step`, a number of the machine (`machine.tiles`), what the framework decides (`framework.inference_norm`) or else a setting of the network (`group_size`).
    ///
    /// # Errors
    /// Where there is no such setting, or it cannot take that value.
    pub fn set(mut self, key: &str, value: impl fmt::Display) -> Result<Self, Error> {
        let setting = Setting::new(key, value);
        let text = setting.to_string();
        match key {
            "batch" => self.batch = Some(batch_of(&text, &setting)?),
            "precision" => self.precision = precision_of(&text, &setting)?,
            "software" => return self.software(&setting.value),
            "available_memory_proportion" => {
                self.available_memory_proportion = proportion_of(&text, &setting)?;
            }
            "planning" => self.planning = planning_of(&text, &setting)?,
            _ if setting.machine_key().is_some() => self.machine.set(&setting)?,
            _ if setting.framework_key().is_some() => {
                self.framework = framework::changed(self.framework, &setting)?;
            }
            _ if set_host(&mut self.host, &text, &setting)? => {}
            _ if setting.system_key().is_some() => return Err(no_system(&setting)),
            _ => self.network.apply(&setting).map_err(beside_run_keys)?,
        }
        Ok(self)
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The machine.
    pub const fn machine_variant(&self) -> &MachineVariant {
        &self.machine
    }

    /// The same run of another network.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Images at a time: as many as were asked for, or as the network takes by itself.
    ///
    /// # Errors
    /// As [`Network::batch`].
    pub fn batch_size(&self) -> Result<u64, Error> {
        match self.batch {
            Some(batch) => Ok(batch),
            None => self.network.batch(),
        }
    }

    /// With an input of this shape, and as many images at a time as that has.
    pub(crate) fn bound(mut self, shape: &InputShape) -> Result<Self, Error> {
        self.network.bind(shape)?;
        Ok(self)
    }

    /// Number formats.
    pub const fn number_formats(&self) -> Precision {
        self.precision
    }

    /// The result alone, without what it was made of.
    ///
    /// # Errors
    /// Where the network cannot be built, lowered to the machine or simulated. That it does not fit is no error but a result.
    pub fn result(&self, simulator: &Simulator) -> Result<RunResult, Error> {
        self.check()?;
        let facts = self.facts()?;
        Ok(summarise(&self.profile(simulator)?, &facts)?)
    }

    /// The result, with what is known of machines with another memory.
    pub(crate) fn shared_result(&self, simulator: &Simulator) -> Result<SharedResult, Error> {
        let facts = self.facts()?;
        let graph = self.graph()?;
        let LoweredProgram { program, tile_memory } = self.lowered(&graph, simulator)?;
        let profile = self.simulate(&program, simulator)?;
        Ok(SharedResult {
            result: summarise(&profile, &facts)?,
            tile_memory,
        })
    }

    /// The largest batch that fits, 0 where none does; of a network that takes no other batch than this, this one. `result` is the run at
    /// this simulation's batch. Of half as many images again (8 at least, 64 at most) every number is tried, because fits are not
    /// monotone; what lies further away is taken not to fit.
    ///
    /// # Errors
    /// As [`Simulation::result`]; [`Error::Cancelled`] where `progress` says so.
    pub fn largest_batch(
        &self,
        result: &RunResult,
        simulator: &Simulator,
        progress: &dyn Progress,
    ) -> Result<u64, Error> {
        let bytes_of = |batch: u64| {
            progress::check(progress)?;
            progress.doing(&format!("{}: does batch {batch} fit?", self.network.name()));
            let simulation = self.clone().batch(batch);
            match simulation.profile(simulator) {
                Ok(profile) => Ok(profile.memory.peak_bytes),
                Err(Error::Cancelled) => Err(Error::Cancelled),
                // What no plan or counter holds does not run either; the run's own batch has.
                Err(_) => Ok(u64::MAX),
            }
        };
        let fits = result.memory.peak_bytes <= result.memory.tile_bytes;
        let own = if fits { result.run.batch } else { 0 };
        if !self.network.takes_other_batches(result.run.batch) {
            return Ok(own);
        }
        // From one image on, whatever the batch of the run: the same question has one answer.
        let first = match result.run.batch {
            1 => result.memory.peak_bytes,
            _ => bytes_of(1)?,
        };
        let tile_bytes = result.memory.tile_bytes;
        let largest = batch_search::largest_batch((1, first), MAX_BATCH, tile_bytes, bytes_of)?;
        Ok(largest.unwrap_or(0).max(own))
    }

    /// The graph that is lowered: batch norms are folded into the convolutions before them, unless the framework leaves them.
    ///
    /// # Errors
    /// Where the network cannot be built, or no run can have such a batch or share of memory.
    pub fn graph(&self) -> Result<Graph, Error> {
        self.check()?;
        Ok(self.as_lowered(self.network.graph(self.batch_size()?)?))
    }

    /// What is lowered of a graph of this network.
    pub(crate) fn as_lowered(&self, graph: Graph) -> Graph {
        if self.folds_norms() {
            fold_batch_norm(&graph)
        } else {
            graph
        }
    }

    /// Whether batch norms are folded into the convolutions before them.
    pub(crate) fn folds_norms(&self) -> bool {
        self.framework.inference_norm == InferenceNorm::Folded
    }

    /// The program that is timed and executed.
    ///
    /// # Errors
    /// Where the network cannot be built, or lowered to the machine.
    pub fn lower(&self, simulator: &Simulator) -> Result<Program, Error> {
        self.program(&self.graph()?, simulator)
    }

    /// Lowers a graph of this network.
    pub(crate) fn program(&self, graph: &Graph, simulator: &Simulator) -> Result<Program, Error> {
        Ok(self.lowered(graph, simulator)?.program)
    }

    fn lowered(&self, graph: &Graph, simulator: &Simulator) -> Result<LoweredProgram, Error> {
        self.lowered_with(graph, &self.lower_options(), simulator)
    }

    fn lowered_with(
        &self,
        graph: &Graph,
        options: &LowerOptions,
        simulator: &Simulator,
    ) -> Result<LoweredProgram, Error> {
        if self.planning == Planning::LayoutAware {
            return Ok(self.whole(graph, options, simulator).best()?.1);
        }
        Ok(lower_with_host(
            graph,
            self.chip(),
            options,
            simulator.plans(),
            &HostTensors::of(graph),
            simulator.cancellation(),
        )?)
    }

    /// The plans of the convolutions of a graph of this network where they are not the vendor's.
    pub(crate) fn plans_of_whole(&self, graph: &Graph) -> Result<Option<GraphPlans>, Error> {
        if self.planning == Planning::Vendor {
            return Ok(None);
        }
        let options = self.lower_options();
        let (plans, _) = self.whole(graph, &options, &Simulator::forgetful()).best()?;
        Ok(Some(plans))
    }

    fn whole<'a>(
        &'a self,
        graph: &'a Graph,
        options: &'a LowerOptions,
        simulator: &'a Simulator,
    ) -> WholeNetwork<'a> {
        WholeNetwork {
            graph,
            chip: self.chip(),
            options,
            simulator,
        }
    }

    pub(crate) fn simulate(&self, program: &Program, simulator: &Simulator) -> Result<Profile, Error> {
        Ok(simulate_until(
            program,
            self.chip(),
            simulator.geometry(),
            simulator.cancellation(),
        )?)
    }

    /// What every step takes, without what a result makes of it.
    ///
    /// # Errors
    /// As [`Simulation::result`].
    pub fn profile(&self, simulator: &Simulator) -> Result<Profile, Error> {
        let program = self.program(&self.graph()?, simulator)?;
        self.simulate(&program, simulator)
    }

    /// As [`Simulation::profile`], where inputs lie at first as their first reader wants them.
    pub(crate) fn profile_as_needed(&self, simulator: &Simulator) -> Result<Profile, Error> {
        let options = LowerOptions {
            inputs: InputLayout::AsNeeded,
            ..self.lower_options()
        };
        let lowered = self.lowered_with(&self.graph()?, &options, simulator)?;
        self.simulate(&lowered.program, simulator)
    }

    /// The result of a program of this network.
    pub(crate) fn result_of(&self, program: &Program, simulator: &Simulator) -> Result<RunResult, Error> {
        let profile = self.simulate(program, simulator)?;
        Ok(summarise(&profile, &self.facts()?)?)
    }

    pub(crate) const fn chip(&self) -> &Machine {
        self.machine.machine()
    }

    pub(crate) fn traced_tiles(&self) -> &[u32] {
        &self.trace_tiles
    }

    /// How graphs are lowered.
    pub(crate) fn lower_options(&self) -> LowerOptions {
        LowerOptions {
            precision: tilesim_program::Precision {
                data: self.precision.data_type(),
                partials: self.precision.partials_type(),
            },
            available_memory_proportion: self.available_memory_proportion,
            host: self.host,
            framework: self.framework,
            software: self.release(),
            ..LowerOptions::default()
        }
    }

    /// What the result states beside the profile.
    pub(crate) fn facts(&self) -> Result<RunFacts, Error> {
        Ok(RunFacts {
            model: self.network.section(),
            machine: self.machine.facts(self.precision)?,
            run: RunSection {
                mode: Mode::Inference,
                batch: self.batch_size()?,
                precision: self.precision.name().to_owned(),
                available_memory_proportion: self.available_memory_proportion,
                host_io: self.host.io != HostIo::None,
                overlap: OverlapSection::of(self.host),
                software: match &self.software {
                    Some(loaded) => loaded.name.clone(),
                    None => software::usual()?.name,
                },
                planning: self.planning,
                framework: Some(self.framework).filter(|framework| *framework != Framework::default()),
            },
            theoretical: self.network.theoretical()?,
            largest_batch: None,
        })
    }

    /// What no single setting can say.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let batch = self.batch_size()?;
        if !(1..=MAX_BATCH).contains(&batch) {
            return Err(Error::argument(
                "batch",
                format!("batch is `{batch}`"),
                format!("a whole number between 1 and {MAX_BATCH}"),
            ));
        }
        let share = self.available_memory_proportion;
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::argument(
                "available_memory_proportion",
                format!("`{share}` is no share"),
                "a number above 0, at most 1",
            ));
        }
        let tiles = self.chip().tiles;
        if let Some(fault) = self.host.fault(tiles) {
            return Err(Error::argument(
                self.host.io.name(),
                fault.to_string(),
                fault.expected(),
            ));
        }
        match self.trace_tiles.iter().find(|&&tile| tile >= tiles) {
            None => Ok(()),
            Some(tile) => Err(Error::argument(
                &format!("--trace-tiles {tile}"),
                format!("{} has no such tile", self.chip().name),
                format!("numbers of tiles from 0 to {}", tiles.saturating_sub(1)),
            )),
        }
    }
}

fn no_system(setting: &Setting) -> Error {
    Error::argument(
        &setting.to_string(),
        "this run is not of a system",
        "`simulate --mode training`, or settings of the network and of the machine",
    )
}
