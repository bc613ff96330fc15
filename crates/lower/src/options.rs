//! What a caller asks of lowering.

use tilesim_machine::ElementType;
use tilesim_program::Precision;
use tilesim_terms::{Framework, HostTransfers, Software};

use tilesim_planner::{PlanOptions, Purpose, TransformScope};

/// Options of lowering.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LowerOptions {
    /// Types of data and partial sums.
    pub precision: Precision,
    /// Part of a tile's memory that a convolution may use for temporary data.
    pub available_memory_proportion: f64,
    /// The same for matrix products (fully connected layers); that of convolutions where nothing is stated.
    pub matmul_memory_proportion: Option<f64>,
    /// Whether the host sends the inputs and receives the outputs, and when.
    pub host: HostTransfers,
    /// Whether convolutions may be split over time, so that their temporaries fit.
    pub serial_splits: bool,
    /// How many of the best plans of every convolution are found.
    pub kept_plans: usize,
    /// Where the inputs of the graph lie at first.
    pub inputs: InputLayout,
    /// What the framework decides; its norms have been folded, or not, before.
    pub framework: Framework,
    /// What compiler and library do; kernels are those of the machine.
    pub software: Software,
    /// How batch norms take the statistics of a batch in training.
    pub batch_norms: BatchNorms,
}

/// How batch norms take the statistics of a batch in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchNorms {
    /// Neighbouring replicas over whose batches they are taken.
    pub replicas: u32,
    /// Whether mean and mean square are worked out at once, and the variance from both, instead of the mean first and the variance of
    /// what is centred.
    pub one_pass: bool,
}

impl Default for BatchNorms {
    fn default() -> Self {
        Self {
            replicas: 1,
            one_pass: false,
        }
    }
}

/// Where the inputs of a graph lie before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputLayout {
    /// Over all tiles in the order in which the host sends them.
    Linear,
    /// As the plan of their first reader wants them, where that is a convolution.
    AsNeeded,
    /// Over all tiles element by element, in the order of the dimensions.
    RowMajor,
    /// Over all tiles element by element: blocks of channels, then samples and positions, then the channels of a block.
    ChannelBlocks {
        /// Channels of a block of the first input.
        first: u64,
        /// Channels of a block of the other inputs.
        others: u64,
    },
}

impl Default for LowerOptions {
    fn default() -> Self {
        Self {
            precision: Precision {
                data: ElementType::F16,
                partials: ElementType::F16,
            },
            available_memory_proportion: 0.6,
            matmul_memory_proportion: None,
            host: HostTransfers::default(),
            serial_splits: true,
            kept_plans: 1,
            inputs: InputLayout::Linear,
            framework: Framework::LIBRARY,
            software: Software::default(),
            batch_norms: BatchNorms::default(),
        }
    }
}

impl LowerOptions {
    /// How a convolution is planned.
    pub fn plan_options(&self, purpose: Purpose) -> PlanOptions {
        PlanOptions {
            available_memory_proportion: self
                .matmul_memory_proportion
                .filter(|_| purpose.fully_connected)
                .unwrap_or(self.available_memory_proportion),
            input_type: self.precision.data,
            partials_type: self.precision.partials,
            purpose,
            transforms: TransformScope::Lowered,
            serial_splits: self.serial_splits,
            keep: self.kept_plans,
            ..PlanOptions::default()
        }
    }
}
