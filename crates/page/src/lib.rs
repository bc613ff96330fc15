//! Reports to look at: one HTML page that holds everything it needs, and plots for papers as SVG.
//!
//! Invariant: this crate knows results, profiles and their details, not how they are made; it neither prints nor touches files.

#[cfg(feature = "html")]
mod columns;
mod insights;
#[cfg(feature = "html")]
mod page;
#[cfg(feature = "plots")]
mod plots;
#[cfg(feature = "html")]
mod study_page;

pub use insights::{Insight, insights};
#[cfg(feature = "html")]
pub use page::{ChipTrace, Page, PageResult, PageRun, RunTrace, html};
#[cfg(feature = "plots")]
pub use plots::{Plot, PlotError, PlotFormat, PlotRun, picture, plots};
#[cfg(feature = "html")]
pub use study_page::{StudyPicture, study_html};
