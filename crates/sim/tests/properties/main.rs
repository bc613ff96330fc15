//! Properties of lowered and simulated programs, over small random networks on small random machines, and over real ones.

mod attribution;
mod bundled;
mod conservation;
mod detail;
mod framework;
mod host;
mod machines;
mod memory;
mod monotonicity;
mod networks;
mod program_order;
mod roofline;
mod run;
mod sharing;
mod work_classes;
