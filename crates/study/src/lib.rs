//! Studies: one file says which settings to vary, and every combination becomes a row of a table.
//!
//! Invariant: this crate knows no networks and no machines. Settings are keys with values, metrics are names with figures; who
//! evaluates a point is told the one and hands back the other. The folder of a sweep is all that it reads and writes.

mod axis;
mod bundled;
mod condition;
mod digest;
mod error;
mod folder;
mod manifest;
mod merge;
mod objective;
mod pareto;
mod points;
mod row;
mod rows_file;
mod shard;
mod study;
mod summary;
mod sweep;
mod value;

pub use axis::{Axis, LogarithmicRange, Range};
pub use bundled::{bundled_names, bundled_text};
pub use condition::Condition;
pub use digest::Digest;
pub use error::{StudyError, SweepError};
pub use folder::SweepFolder;
pub use manifest::{MANIFEST_SCHEMA, Manifest};
pub use merge::merge;
pub use objective::{Goal, Objective};
pub use pareto::front;
pub use points::{Point, Points};
pub use row::{Evaluation, Row};
pub use rows_file::{Layout, read_rows, rows_file};
pub use shard::Shard;
pub use study::{STUDY_SCHEMA, Study};
pub use summary::{Effect, FrontPoint, SUMMARY_SCHEMA, Summary, Winner, summarise};
pub use sweep::sweep;
pub use value::Value;
