//! Results: how they read, and that their parts sum up.

mod profiles;
mod rendering;
mod sums;
