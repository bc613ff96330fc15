//! Bounds that keep a hostile file from taking time or memory out of proportion to its size, far above any network there is.

/// Bytes of the largest protobuf message (protobuf.dev, "Proto Limits").
pub(super) const MAX_FILE_BYTES: u64 = i32::MAX as u64;

/// Most nodes of a file.
pub(super) const MAX_NODES: usize = 1 << 17;

/// Most operators of the graph: sums over that many stay within 64 bits.
pub(super) const MAX_OPERATORS: usize = 1 << 13;

/// Most multiply-accumulates of the network.
pub(super) const MAX_MACS: u64 = 1 << 58;

/// Most dimensions of a tensor.
pub(super) const MAX_DIMENSIONS: usize = 16;

/// Most integers of a constant: shapes, axes and indices are short.
pub(super) const MAX_INTEGERS: u64 = 1 << 12;

/// Most numbers that the constants computed from others, transposed weights among them, may have in all: 1 GiB, and 3 GiB with the places
/// that the elements of one of them come from, while it is computed.
pub(super) const MAX_FOLDED_NUMBERS: u64 = 1 << 28;

/// Most numbers that are computed at once where they depend on no more; others are when they are asked for.
pub(super) const MAX_EAGER_NUMBERS: u64 = 1 << 12;

/// Most constants that wait to be computed one of the other.
pub(super) const MAX_DEFERRED_DEPTH: usize = 64;

/// Most elements of a tensor, as of the graph.
pub(super) const MAX_ELEMENTS: u64 = 1 << 40;
