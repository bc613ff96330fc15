//! What tells one study from another: the 128-bit FNV-1a hash of everything that its results depend on.
//!
//! It guards against mistakes, not against malice: a resumed sweep must be the one that was started.

use std::{
    fmt,
    io::{self, Read},
};

/// Offset basis and prime of Fowler, Noll and Vo (RFC 9923, section 5).
const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// Bytes that are read of a file at a time.
const PIECE: usize = 1 << 16;

/// A digest under construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u128);

impl Default for Digest {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Digest {
    /// The digest of all that a reader has, piece by piece: as large as it may be, it is never in memory as a whole.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_contents(mut reader: impl Read) -> io::Result<Self> {
        let (mut digest, mut bytes, mut piece) = (Self::default(), 0_u64, vec![0; PIECE]);
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(digest.followed_by(&bytes.to_le_bytes())),
                Ok(read) => {
                    digest = digest.followed_by(&piece[..read]);
                    bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The digest with one part more. Parts are told apart by their lengths.
    #[must_use]
    pub fn with(self, part: &[u8]) -> Self {
        self.followed_by(&(part.len() as u64).to_le_bytes())
            .followed_by(part)
    }

    fn followed_by(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, &byte| {
            (hash ^ u128::from(byte)).wrapping_mul(PRIME)
        }))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let of = |parts: &[&str]| {
            parts
                .iter()
                .fold(Digest::default(), |digest, part| digest.with(part.as_bytes()))
        };
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&[]), of(&[""]));
    }

    #[test]
    fn contents_are_told_apart_however_they_are_read() {
        let of = |bytes: &[u8]| Digest::of_contents(bytes).expect("in memory");
        let long = vec![7; PIECE + 3];
        assert_eq!(
            of(&long),
            Digest::of_contents(long[..5].chain(&long[5..])).expect("in memory")
        );
        assert_ne!(of(&long), of(&long[1..]));
    }
}
