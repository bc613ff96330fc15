//! Reports to look at: one HTML page that holds everything it needs, and plots for papers as SVG.
//!
//! Invariant: this crate knows results, profiles and their details, not how they are made; it neither prints nor touches files.

mod answers;
#[cfg(feature = "html")]
mod columns;
mod insights;
#[cfg(feature = "html")]
mod page;
mod plot_file;
mod plot_options;
#[cfg(feature = "plots")]
mod plots;
mod quantity;
#[cfg(feature = "html")]
mod shell;
#[cfg(feature = "html")]
mod study_page;

pub use answers::answers;
pub use insights::{Insight, insights};
#[cfg(feature = "html")]
pub use page::{ChipTrace, Page, PageResult, PageRun, RunTrace, html};
pub use plot_file::{PlotError, PlotFormat};
pub use plot_options::{PlotOptions, PlotSize};
#[cfg(feature = "plots")]
pub use plots::{Plot, PlotRun, picture, plots, silicon_picture};
pub use quantity::{Form, Quantity, setting};
#[cfg(feature = "html")]
pub use study_page::{StudyPage, study_html};
