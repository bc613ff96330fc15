//! Where [`Count::Machine`](crate::Count::Machine) departs from [`Count::Vendor`](crate::Count::Vendor) in vector kernels.
//!
//! | kernel | the vendor's library charges | the machine has to |
//! |---|---|---|
//! | broadcast of a vector along the innermost channels, multiplication | the workers' prologue of 24 (half) or 17 (float) cycles twice | run it once |
//! | scaled sum | no vectors beyond what every worker has (float to half: four cycles for them) | let some workers take one vector more |
//! | dynamic slice | no elements beyond the last whole vector of a worker's share | move them, as a vector |
//! | multi-slice | one worker with all rows | deal the rows over the workers: they do not depend on one another |
//! | reduction of several outputs with contiguous partials | one output fewer than there are; an odd last partial once; nothing for a left-over pair of halves | do every output, and the left-over partials of each |
//! | pooling | one first value more than there are, where a group of channels is several vectors | set those that there are |
//!
//! Everything else is the same in both counts.
