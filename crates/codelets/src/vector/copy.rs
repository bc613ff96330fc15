//! On-tile rearrangements: copies of contiguous runs (no table; lowered in the vendor's closed runtime).

use tilesim_machine::Machine;
use tilesim_program::vertex::vector::CopyVertex;

use super::deal::dealt;
use crate::VertexCost;

/// Supervisor cycles, as for the one-dimensional kernels of two operands.
const SUPERVISOR: u64 = 11;
/// Worker cycles to read the kernel's state and to return, as for the kernel that fills contiguous words.
const START: u64 = 23;
/// Bytes of the narrowest store; anything narrower loads the word, changes a part of it and stores it back.
const WORD_BYTES: u64 = 4;

/// Worker turns, and the words loaded only to be changed, of one contiguous run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    turns: u64,
    words_changed: u64,
}

impl Run {
    /// A run of `bytes` bytes where a turn moves at most `path` bytes.
    ///
    /// Runs lie side by side, so a run begins at any multiple of the largest power of two that divides its size.
    fn of(bytes: u64, path: u64) -> Self {
        let aligned = 1 << bytes.trailing_zeros().min(path.trailing_zeros());
        if aligned >= WORD_BYTES {
            return Self {
                turns: bytes / aligned,
                words_changed: 0,
            };
        }
        // Source and destination may lie at different places of a word: load, merge with the previous word, store.
        let words = bytes / WORD_BYTES;
        let changed = u64::from(!bytes.is_multiple_of(WORD_BYTES));
        Self {
            turns: 2 * words + 3 * changed,
            words_changed: changed,
        }
    }
}

/// What a tile pays; `None` where a count overflows. Copying nothing costs nothing, and a run has at least one byte.
///
/// Assumed, from what the machine can issue:
/// * A worker's turn loads and stores `memcpy_bytes_per_cycle` bytes, so six workers together copy that many per cycle.
/// * Runs that are multiples of a word but not of the data path go by words, one a turn.
/// * Others are shifted into place: two turns for a whole word, three for a part of one (load the run, load the word it goes
///   into, store the merged word), since the narrowest store is a word.
/// * Every run beyond that takes `copy_piece_centicycles` to step the pointers and the loop.
///
/// With 8 bytes and 2 cycles a run this is 2.5, 0.75 and 0.375 cycles per byte for runs of 2, 4 and 8 bytes, and 0.125 for
/// long ones. Two regimes are on record: 5.15, 3.13 and 0.44 per byte for atoms of 2, 4 and 8 bytes (the planner's optional
/// regression, PopLibs 7eac0f26 ConvModel.cpp), which includes starting a copy for every few atoms; and 0.09–0.47 per byte over
/// whole classes of transforms (PopLibs 9fb1089f), whose runs are mostly long. Runs of a data path and more agree with both;
/// short ones stand between them, as the planner's own charge does (0.63–0.83 for two bytes).
pub(super) fn cost(machine: &Machine, vertex: &CopyVertex) -> Option<VertexCost> {
    if vertex.bytes == 0 {
        return Some(VertexCost::default());
    }
    let workers = u64::from(machine.workers);
    let path = u64::from(machine.memcpy_bytes_per_cycle).max(1);
    let piece = vertex.piece_bytes.clamp(1, vertex.bytes);
    let (pieces, rest) = (vertex.bytes / piece, vertex.bytes % piece);
    let run = Run::of(piece, path);
    let last = if rest == 0 {
        Run {
            turns: 0,
            words_changed: 0,
        }
    } else {
        Run::of(rest, path)
    };
    let turns = run.turns.checked_mul(pieces)?.checked_add(last.turns)?;
    let set_ups = pieces + u64::from(rest > 0);
    let set_up = set_ups
        .div_ceil(workers)
        .checked_mul(u64::from(machine.copy_piece_centicycles))?
        .div_ceil(100);
    // A changed word is loaded besides the run, and stored whole.
    let changed = run
        .words_changed
        .checked_mul(pieces)?
        .checked_add(last.words_changed)?;
    let spare = changed.checked_mul(WORD_BYTES)?;
    Some(VertexCost {
        cycles: dealt(machine, SUPERVISOR, START.checked_add(set_up)?, turns, Some)?,
        macs: 0,
        sram_read_bytes: vertex.bytes.checked_add(spare)?,
        sram_write_bytes: vertex.bytes.checked_add(spare)?,
    })
}

#[cfg(test)]
mod tests {
    use super::Run;

    #[test]
    fn runs_go_at_their_own_width() {
        let turns = |bytes| Run::of(bytes, 8).turns;
        assert_eq!([turns(1), turns(2), turns(4), turns(8)], [3, 3, 1, 1]);
        assert_eq!([turns(6), turns(12), turns(64)], [5, 3, 8]);
    }
}
