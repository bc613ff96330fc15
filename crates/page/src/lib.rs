//! Reports to look at: one HTML page that holds everything it needs, and plots for papers as SVG.
//!
//! Invariant: this crate knows results, profiles and their details, not how they are made; it neither prints nor touches files.

mod columns;
mod insights;
mod page;
mod plots;
mod study_page;

pub use insights::{Insight, insights};
pub use page::{ChipTrace, Page, PageResult, PageRun, RunTrace, html};
pub use plots::{Plot, PlotError, PlotFormat, PlotRun, picture, plots};
pub use study_page::{StudyPicture, study_html};
