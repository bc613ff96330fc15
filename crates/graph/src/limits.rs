//! Sizes beyond which sums over a network could leave the range of 64-bit integers.

/// Most elements of one tensor.
pub(crate) const MAX_ELEMENTS: u64 = 1 << 40;

/// Most multiply-accumulates of one operator.
pub(crate) const MAX_MACS: u64 = 1 << 50;

/// The product, unless it is above the limit.
pub(crate) fn checked_product(factors: &[u64], limit: u64) -> Option<u64> {
    factors
        .iter()
        .try_fold(1_u64, |product, &factor| product.checked_mul(factor))
        .filter(|&product| product <= limit)
}
