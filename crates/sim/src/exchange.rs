//! Steps in which tiles exchange data.

use tilesim_codelets::{Count, vector};
use tilesim_machine::Machine;
use tilesim_program::{
    Movement, TileTransfer,
    vertex::vector::{CopyVertex, VectorVertex},
};

use crate::{Cause, StepKind, Traffic, cost::StepCost, shared::Moved};

/// Centicycles in a cycle.
const CENTI: u64 = 100;

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
        let moved = match movement {
            Movement::Transfer(transfer) => transfer.by_tile(tiles_per_bus),
            Movement::Partials(transfer) => transfer.by_tile(tiles_per_bus),
            Movement::PartialSums(stage) => stage.by_tile(),
        };
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

/// Bytes of code that a tile keeps for its part in an exchange: one instruction turns it to the next tile that it listens to.
pub(crate) fn code_bytes(machine: &Machine, tile: &TileTransfer) -> u64 {
    tile.senders.min(messages(machine, tile)) * u64::from(machine.exchange_sender_code_bytes)
}

/// Messages that a tile receives: none is shorter than a word, which is what the exchange moves in a cycle.
fn messages(machine: &Machine, tile: &TileTransfer) -> u64 {
    let word = u64::from(machine.exchange_bytes_per_cycle).max(1);
    tile.messages.min(tile.received_bytes.div_ceil(word))
}

/// The exchange ends when the slowest tile has received and sent all of its bytes.
///
/// A tile receives and sends at the same time, at the machine's rate each way; bytes that both tiles of a bus receive come at
/// twice the rate (PopLibs `ExchangeEstimator.cpp`). Every message costs its set-up beyond its bytes, and the first byte takes
/// the fabric's latency. Nothing happens, and nothing is charged, where no byte moves.
pub(crate) fn cost(machine: &Machine, moved: &Moved) -> StepCost {
    let slowest = moved
        .runs
        .iter()
        .map(|(tile, _)| tile_cycles(machine, tile))
        .max()
        .unwrap_or(0);
    let mut cost = StepCost::nothing(StepKind::Exchange);
    if slowest == 0 {
        return cost;
    }
    // Neighbours mostly join as many bytes, or none.
    let joins = moved
        .runs
        .chunk_by(|(left, _), (right, _)| left.joined_bytes == right.joined_bytes);
    let joining = joins
        .map(|alike| joining_cycles(machine, &alike[0].0))
        .max()
        .unwrap_or(0);
    let moving = u64::from(machine.exchange_latency_cycles) + slowest;
    cost.cycles = joining + moving;
    cost.causes[Cause::Rearrangement] = joining * u64::from(machine.tiles);
    cost.causes[Cause::Exchange] = moving * u64::from(machine.tiles);
    let sum = |bytes: fn(&TileTransfer) -> u64| -> u64 {
        let runs = moved.runs.iter();
        runs.map(|(tile, tiles)| bytes(tile) * u64::from(*tiles)).sum()
    };
    let sent = sum(|tile| tile.sent_bytes);
    let received = sum(|tile| tile.received_bytes);
    cost.traffic = Traffic {
        // What is sent is read from memory, and what is received is written to it.
        sram_read_bytes: sent,
        sram_write_bytes: received,
        exchange_sent_bytes: sent,
        exchange_received_bytes: received,
        ..Traffic::default()
    };
    cost.active_tiles = sum(|tile| u64::from(tile.received_bytes + tile.sent_bytes > 0));
    cost
}

/// Cycles in which a tile copies what it holds already to where the rest will arrive: kernels read one buffer.
///
/// The runs are rows of windows, mostly far longer than the data path.
pub(crate) fn joining_cycles(machine: &Machine, tile: &TileTransfer) -> u64 {
    let vertex = CopyVertex {
        bytes: tile.joined_bytes,
        piece_bytes: tile.joined_bytes,
    };
    vector::cost(machine, &VectorVertex::Copy(vertex), Count::Machine).map_or(0, |cost| cost.cycles.total())
}

/// Cycles in which a tile receives and sends what is its own.
pub(crate) fn tile_cycles(machine: &Machine, tile: &TileTransfer) -> u64 {
    let rate = u64::from(machine.exchange_bytes_per_cycle).max(1);
    let buses = u64::from(machine.tiles_per_exchange_bus).max(1);
    let alone = tile.received_bytes - tile.shared_bytes.min(tile.received_bytes);
    let receiving = (alone * buses + tile.shared_bytes).div_ceil(rate * buses);
    let sending = tile.sent_bytes.div_ceil(rate);
    let messages = messages(machine, tile) * u64::from(machine.exchange_message_centicycles);
    receiving.max(sending) + messages.div_ceil(CENTI)
}
