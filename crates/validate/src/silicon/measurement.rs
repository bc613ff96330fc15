//! What was measured: a row of a table, whatever the table.

use super::MeasuredKernel;

/// A row of a table of measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Name of the row.
    pub id: String,
    /// The figure: cycles of a kernel or a product, images per second (cycles of an update where [`TrainingMeasurement::in_cycles`])
    /// of a network, images at a time of a capacity.
    pub measured: f64,
    /// Of what.
    pub subject: Subject,
}

/// What a measurement is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// One kernel on one tile.
    Kernel(KernelMeasurement),
    /// A dense matrix product over a chip.
    Product(ProductMeasurement),
    /// The inference of a network on a chip.
    Inference(InferenceMeasurement),
    /// The largest batch that a network was run with on a chip.
    Capacity(CapacityMeasurement),
    /// The training of a network.
    Training(TrainingMeasurement),
}

/// A kernel on every tile, without exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelMeasurement {
    /// Name of the machine.
    pub machine: String,
    /// The kernel, or why its description says nothing to us.
    pub kernel: Result<MeasuredKernel, String>,
}

/// `rows × inner` by `inner × columns`: compute and exchange, without synchronisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductMeasurement {
    /// Name of the machine.
    pub machine: String,
    /// Name of the precision, such as `16.16`.
    pub precision: String,
    /// Rows of the left operand, which is the data: samples.
    pub rows: u64,
    /// Input channels.
    pub inner: u64,
    /// Output channels.
    pub columns: u64,
}

/// Inference of a network, time after time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferenceMeasurement {
    /// Name of the network.
    pub model: String,
    /// Changes of the network, by key.
    pub settings: Vec<(String, String)>,
    /// Name of the machine.
    pub machine: String,
    /// Images at a time.
    pub batch: u64,
    /// Name of the precision, such as `16.16`.
    pub precision: String,
    /// Where the data are: `on_chip`, or `overlapped` where they come from the host beside the computation.
    pub host: String,
    /// Tiles that are kept for the host.
    pub io_tiles: u64,
}

/// The most images at a time that somebody ran a network with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapacityMeasurement {
    /// Name of the network.
    pub model: String,
    /// Changes of the network, by key.
    pub settings: Vec<(String, String)>,
    /// Name of the machine.
    pub machine: String,
    /// `inference` or `training`.
    pub mode: String,
    /// Name of the precision, such as `16.16`.
    pub precision: String,
    /// Images at a time.
    pub batch: u64,
}

/// Training of a network on a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingMeasurement {
    /// Name of the configuration.
    pub configuration: String,
    /// Name of the machine of which all chips are.
    pub machine: String,
    /// Chips.
    pub chips: u64,
    /// Images at a time, where the row says so.
    pub micro_batch: Option<u64>,
    /// Micro-batches of one update, where the row says so.
    pub accumulation: Option<u64>,
    /// Whether the figure is cycles of an update instead of images per second.
    pub in_cycles: bool,
}
