//! A quick hash of small boxes: a map of boxes is looked into as often as tiles exchange, and its keys are nobody's to choose.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds [`BoxHasher`]s.
pub(crate) type BoxHash = BuildHasherDefault<BoxHasher>;

/// Every word is mixed in by a rotation and a multiplication, which carries what differs to the upper bits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BoxHasher(u64);

impl Hasher for BoxHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        // The golden ratio in 64 bits.
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    /// Maps take the lower bits as well.
    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
