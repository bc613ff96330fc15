//! Studies: one file says which settings to vary, and every combination becomes a row of a table.
//!
//! Invariant: this crate knows no networks and no machines. Settings are keys with values, metrics are names with figures; who
//! evaluates a point is told the one and hands back the other. The folder of a sweep is all that it reads and writes.

mod axis;
mod bundled;
mod comparison;
mod condition;
mod digest;
mod effects;
mod error;
mod evolution;
mod figures;
#[cfg(feature = "parquet")]
mod folder;
mod front_definition;
mod fronts;
mod gain;
mod key_name;
#[cfg(feature = "parquet")]
mod manifest;
#[cfg(feature = "parquet")]
mod merge;
mod objective;
mod parallel;
mod pareto;
mod picture;
mod picture_definition;
mod points;
mod relation;
mod row;
#[cfg(feature = "parquet")]
mod rows_file;
mod sample;
mod search;
mod settings;
mod shard;
mod shard_environment;
mod space;
mod split_mix;
#[cfg(feature = "parquet")]
mod status;
mod study;
mod summary;
#[cfg(feature = "parquet")]
mod sweep;
mod unfit;
mod value;
mod winners;

pub use axis::{Axis, LogarithmicRange, Range};
pub use bundled::{bundled_names, bundled_text};
pub use comparison::{Answer, ComparedFigure, Comparison};
pub use condition::Condition;
pub use digest::Digest;
pub use effects::Effect;
pub use error::{StudyError, SweepError};
pub use evolution::Evolution;
pub use figures::{Figures, Filter};
#[cfg(feature = "parquet")]
pub use folder::{Repair, SweepFolder};
pub use front_definition::FrontDefinition;
pub use fronts::{Front, FrontPoint};
pub use gain::{Gain, GainAt};
pub use key_name::{short_key, spoken_key};
#[cfg(feature = "parquet")]
pub use manifest::{MANIFEST_SCHEMA, Manifest};
#[cfg(feature = "parquet")]
pub use merge::{merge, merge_partial};
pub use objective::{Goal, Objective};
pub use parallel::{Parallel, ParallelAxis};
pub use pareto::front;
pub use picture::{FrontPanel, GainFigure, NamedPoint, Picture, pictures};
pub use picture_definition::{MeasuredLine, PictureDefinition};
pub use points::{Point, Points};
pub use relation::Relation;
pub use row::{Evaluation, Row};
#[cfg(feature = "parquet")]
pub use rows_file::{Layout, rows_file};
pub use sample::Sample;
pub use search::Search;
pub use settings::Settings;
pub use shard::Shard;
pub use shard_environment::ShardError;
pub use space::Space;
#[cfg(feature = "parquet")]
pub use status::{STATUS_SCHEMA, ShardStatus, SweepStatus, status};
pub use study::{STUDY_SCHEMA, Study};
pub use summary::{Part, SUMMARY_SCHEMA, Summary, count, summarise};
#[cfg(feature = "parquet")]
pub use sweep::sweep;
pub use unfit::Unfit;
pub use value::Value;
pub use winners::Winner;
