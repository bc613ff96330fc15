//! The binary as its users meet it.

mod command_line;
mod compare_results;
mod gradients;
mod lower;
mod onnx;
mod output_files;
mod piped;
mod plan;
mod run;
mod schemas;
mod search;
mod sensitivity;
mod simulate;
mod solve;
mod support;
mod sweep;
mod sweep_inputs;
mod threads;
mod traces;
mod training;
mod validate_layers;
mod validate_plans;
mod validate_silicon;
mod validate_summary;
mod why;
mod widths;
