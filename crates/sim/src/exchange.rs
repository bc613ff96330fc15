//! Steps in which tiles exchange data.

use tilesim_codelets as codelets;
use tilesim_geometry::TileTransfer;
use tilesim_machine::Machine;
use tilesim_program::{
    Movement,
    vertex::vector::{CopyVertex, VectorVertex},
};

use crate::{Cause, SimError, StepKind, Traffic, compute, cost::StepCost, moved::Moved};

/// Tiles that receive the same bytes at twice the rate.
pub(crate) fn tiles_per_bus(machine: &Machine) -> u64 {
    if machine.exchange_bus_sharing {
        u64::from(machine.tiles_per_exchange_bus)
    } else {
        1
    }
}

/// What every tile does in all movements of an exchange.
pub(crate) fn by_tile(machine: &Machine, movements: &[Movement]) -> Vec<TileTransfer> {
    let tiles_per_bus = tiles_per_bus(machine);
    let mut by_tile: Vec<TileTransfer> = Vec::new();
    for movement in movements {
        let moved = movement.by_tile(tiles_per_bus);
        if by_tile.is_empty() {
            by_tile = moved;
            // What stays where it is takes no part in an exchange.
            for tile in &mut by_tile {
                tile.resident_bytes = 0;
            }
            continue;
        }
        if by_tile.len() < moved.len() {
            by_tile.resize(moved.len(), TileTransfer::default());
        }
        for (sum, tile) in by_tile.iter_mut().zip(moved) {
            sum.received_bytes += tile.received_bytes;
            sum.shared_bytes += tile.shared_bytes;
            sum.sent_bytes += tile.sent_bytes;
            sum.joined_bytes += tile.joined_bytes;
            sum.messages += tile.messages;
            sum.senders += tile.senders;
        }
    }
    by_tile
}

/// The exchange ends when the slowest tile has received and sent all of its bytes.
///
/// A tile begins with the set-up of its part, and the first byte takes the fabric's latency. Nothing happens, and nothing is charged, where no byte moves.
///
/// # Errors
/// When the machine cannot copy what a tile joins.
pub(crate) fn cost(machine: &Machine, step: &str, moved: &Moved) -> Result<StepCost, SimError> {
    let slowest = moved
        .runs
        .iter()
        .map(|(tile, _)| codelets::exchange::cycles(machine, tile))
        .max()
        .unwrap_or(0);
    let mut cost = StepCost::nothing(StepKind::Exchange);
    if slowest == 0 {
        return Ok(cost);
    }
    // Neighbours mostly join as many bytes, or none.
    let joins = moved
        .runs
        .chunk_by(|(left, _), (right, _)| left.joined_bytes == right.joined_bytes);
    let mut joining = 0;
    for alike in joins {
        joining = joining.max(joining_cycles(machine, step, &alike[0].0)?);
    }
    let beginning = u64::from(machine.exchange_launch_cycles) + u64::from(machine.exchange_latency_cycles);
    let moving = beginning + slowest;
    cost.cycles = joining + moving;
    cost.causes[Cause::Rearrangement] = joining * u64::from(machine.tiles);
    cost.causes[Cause::Exchange] = moving * u64::from(machine.tiles);
    let sum = |bytes: fn(&TileTransfer) -> u64| -> u64 {
        let runs = moved.runs.iter();
        runs.map(|(tile, tiles)| bytes(tile) * u64::from(*tiles)).sum()
    };
    let sent = sum(|tile| tile.sent_bytes);
    let received = sum(|tile| tile.received_bytes);
    let joined = sum(|tile| tile.joined_bytes);
    cost.traffic = Traffic {
        // What is sent is read from memory, and what is received is written to it; what is joined is copied.
        sram_read_bytes: sent + joined,
        sram_write_bytes: received + joined,
        exchange_sent_bytes: sent,
        exchange_received_bytes: received,
        ..Traffic::default()
    };
    cost.active_tiles = sum(|tile| u64::from(tile.received_bytes + tile.sent_bytes > 0));
    Ok(cost)
}

/// Cycles in which a tile copies what it holds already to where the rest will arrive: kernels read one buffer.
///
/// The runs are rows of windows, mostly far longer than the data path.
///
/// # Errors
/// When the machine has no such kernel.
pub(crate) fn joining_cycles(machine: &Machine, step: &str, tile: &TileTransfer) -> Result<u64, SimError> {
    let vertex = VectorVertex::Copy(CopyVertex {
        bytes: tile.joined_bytes,
        piece_bytes: tile.joined_bytes,
    });
    Ok(compute::vector_cost(machine, step, &vertex)?.cycles.total())
}

#[cfg(test)]
mod tests {
    use tilesim_test_support::machines::mk2;

    use super::*;

    /// Sent bytes are read, received ones written, and what is joined is both; copying takes time of its own.
    #[test]
    fn what_is_joined_is_copied_in_memory_and_in_time() {
        let machine = mk2();
        let apart = TileTransfer {
            received_bytes: 400,
            sent_bytes: 300,
            messages: 1,
            senders: 1,
            ..TileTransfer::default()
        };
        let joined = TileTransfer {
            joined_bytes: 64,
            ..apart
        };
        let of = |tile| cost(&machine, "gather", &Moved::new(&[tile; 3])).expect("a cost");
        let (apart, joined) = (of(apart), of(joined));
        let bytes = |cost: &StepCost| (cost.traffic.sram_read_bytes, cost.traffic.sram_write_bytes);
        assert_eq!(bytes(&apart), (3 * 300, 3 * 400));
        assert_eq!(bytes(&joined), (3 * (300 + 64), 3 * (400 + 64)));
        assert_eq!(apart.causes[Cause::Rearrangement], 0);
        let copying = joined.cycles - apart.cycles;
        assert!(copying > 0);
        assert_eq!(
            joined.causes[Cause::Rearrangement],
            copying * u64::from(machine.tiles)
        );
        assert_eq!(joined.causes[Cause::Exchange], apart.causes[Cause::Exchange]);
    }

    /// An exchange is launched once, however much it moves; one in which nothing moves is not.
    #[test]
    fn an_exchange_takes_its_launch_once() {
        let launched = Machine {
            exchange_launch_cycles: mk2().exchange_launch_cycles + 70,
            ..mk2()
        };
        let moved = |bytes| {
            let tile = TileTransfer {
                received_bytes: bytes,
                sent_bytes: bytes,
                messages: 1,
                ..TileTransfer::default()
            };
            Moved::new(&[tile; 3])
        };
        for bytes in [4, 4000] {
            let of = |machine| cost(machine, "gather", &moved(bytes)).expect("a cost").cycles;
            assert_eq!(of(&launched), of(&mk2()) + 70);
        }
        let nothing = cost(&launched, "gather", &moved(0)).expect("a cost");
        assert_eq!(nothing.cycles, 0);
    }
}
