//! Memory that is freed, and soon taken again.

use std::hint::black_box;

/// Has the allocator keep some megabytes of what is freed.
///
/// glibc gives free memory back to the system in pieces of 128 KiB and more, and every page of what it takes anew is a fault. Tables
/// of what each tile does are of that size and short-lived: on a chip of 11,776 tiles these faults took a twentieth of the time. Its
/// thresholds follow the largest piece that has been freed (`mallopt(3)`, `M_MMAP_THRESHOLD`), so one is; nobody writes to it, so that
/// it takes no memory. To other allocators it is nothing.
pub(crate) fn keep_what_is_freed() {
    const BYTES: usize = 16 << 20;
    drop(black_box(Vec::<u8>::with_capacity(BYTES)));
}
