//! Measurements of real chips: what was measured, and how far predictions are from it.
//!
//! The tables are public measurements, one a row. They are told apart by their columns. What a row asks is read here; whoever knows
//! networks and machines by name predicts it.

mod answer;
mod kernel;
mod measurement;
mod tables;

pub use answer::{SiliconRow, SiliconValidation};
pub use kernel::{KernelEstimate, MeasuredKernel};
pub use measurement::{
    CapacityMeasurement, InferenceMeasurement, KernelMeasurement, Measurement, ProductMeasurement, Subject,
    TrainingMeasurement,
};
pub use tables::read;
