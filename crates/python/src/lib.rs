//! The library of tilesim for Python: what `import tilesim` is made of.
//!
//! Invariant: nothing is worked out here. Classes hold values of the library, and hand out what it answers: figures under the names of its
//! JSON, tables as Arrow streams, arrays as those of NumPy.

// Python's arguments come by value and by name, as many as a question has.
#![allow(clippy::needless_pass_by_value, clippy::too_many_arguments)]

mod answer;
mod arrays;
mod command;
mod comparison;
mod error;
mod execution;
mod gradients;
mod listing;
mod machine;
mod network;
mod plot;
mod pool;
mod request;
mod run;
mod search;
mod sensitivity;
mod setting;
mod simulator;
mod solution;
mod sweep;
mod system;
mod table;
mod training;
mod why;
mod work;

use pyo3::prelude::*;

/// The part of `tilesim` that is compiled. Import `tilesim` instead.
#[pymodule]
fn _tilesim(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let python = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Error", python.get_type::<error::Error>())?;
    module.add("InputError", python.get_type::<error::InputError>())?;
    module.add_class::<comparison::Comparison>()?;
    module.add_class::<execution::Execution>()?;
    module.add_class::<gradients::Gradients>()?;
    module.add_class::<machine::Machine>()?;
    module.add_class::<network::Network>()?;
    module.add_class::<plot::Plot>()?;
    module.add_class::<run::Run>()?;
    module.add_class::<simulator::Simulator>()?;
    module.add_class::<sweep::Sweep>()?;
    module.add_class::<system::System>()?;
    module.add_class::<table::Table>()?;
    module.add_class::<training::WeightUpdate>()?;
    module.add_class::<why::Why>()?;
    module.add_class::<sensitivity::Sensitivity>()?;
    module.add_class::<solution::Solution>()?;
    module.add_function(wrap_pyfunction!(search::search, module)?)?;
    module.add_function(wrap_pyfunction!(comparison::compare, module)?)?;
    module.add_function(wrap_pyfunction!(command::command, module)?)?;
    module.add_function(wrap_pyfunction!(listing::machines, module)?)?;
    module.add_function(wrap_pyfunction!(listing::networks, module)?)?;
    module.add_function(wrap_pyfunction!(run::load, module)?)?;
    Ok(())
}
