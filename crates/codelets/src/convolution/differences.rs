//! Where [`Count::Machine`](crate::Count::Machine) departs from [`Count::Vendor`](crate::Count::Vendor).
//!
//! The vendor's planner charges some kernels less, and some more, than its own vertices would take.
//!
//! | kernel | the vendor's planner charges | the machine has to |
//! |---|---|---|
//! | SLIC, blocks of 8 and 16 groups | the first (implicitly zeroing) window over four groups only | stream it over all groups of the block, four at a time |
//! | SLIC | loading each window's weights once | load them for every block of groups |
//! | VMAC | clearing and reducing accumulators for the field of one group and one batch element | clear and reduce them for every group of the block and every batch element |
//! | AMP n×1, HMAC | clearing partial sums at the vector width of floats, whatever they are | clear them at the width of their own type (half: twice as fast) |
//! | HMAC with input dilation | clearing only the rows that one kernel element meets | clear all rows |
//! | HMAC | the state that workers retain by the type of the partial sums | retain it by the type of the inputs |
//! | peak rates (bound of the planner's search) | SLIC at 8 multiply-accumulates per cycle and channel, below its own cycles | 16 per cycle and channel with all chains, 8 with two |
//!
//! Everything else is the same in both counts. The reading of AMP n×1 and of VMAC's clearing and reduction agrees with what the
//! vendor's vertices report for explicit work lists.
