//! Where [`Count::Machine`](crate::Count::Machine) departs from [`Count::Vendor`](crate::Count::Vendor) in vector kernels.
//!
//! | kernel | the vendor's library charges | the machine has to |
//! |---|---|---|
//! | broadcast of a vector along the innermost channels, multiplication | the workers' prologue of 24 (half) or 17 (float) cycles twice | run it once |
//!
//! Everything else is the same in both counts.
