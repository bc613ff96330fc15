//! One tile's part in an exchange.

use tilesim_geometry::TileTransfer;
use tilesim_machine::Machine;

/// Centicycles in a cycle.
const CENTI: u64 = 100;

/// Messages that a tile receives: none is shorter than a word, which is what the exchange moves in a cycle.
fn messages(machine: &Machine, tile: &TileTransfer) -> u64 {
    let word = u64::from(machine.exchange_bytes_per_cycle).max(1);
    tile.messages.min(tile.received_bytes.div_ceil(word))
}

/// Cycles in which a tile receives and sends what is its own, latency left out.
///
/// It receives and sends at the same time, at the machine's rate each way; bytes that both tiles of a bus receive come at twice the
/// rate (PopLibs `ExchangeEstimator.cpp`). Every message costs its set-up beyond its bytes.
pub fn cycles(machine: &Machine, tile: &TileTransfer) -> u64 {
    let rate = u64::from(machine.exchange_bytes_per_cycle).max(1);
    let buses = u64::from(machine.tiles_per_exchange_bus).max(1);
    let alone = tile.received_bytes - tile.shared_bytes.min(tile.received_bytes);
    let receiving = (alone * buses + tile.shared_bytes).div_ceil(rate * buses);
    let sending = tile.sent_bytes.div_ceil(rate);
    let messages = messages(machine, tile) * u64::from(machine.exchange_message_centicycles);
    receiving.max(sending) + messages.div_ceil(CENTI)
}

/// Bytes of code that a tile keeps for its part: one instruction turns it to the next tile that it listens to.
pub fn code_bytes(machine: &Machine, tile: &TileTransfer) -> u64 {
    tile.senders.min(messages(machine, tile)) * u64::from(machine.exchange_sender_code_bytes)
}

#[cfg(test)]
mod tests {
    use tilesim_test_support::machines::mk2;

    use super::*;

    /// By hand: 4 bytes a cycle each way, twice that for what both tiles of a bus receive, 2 cycles a message of a word or more.
    #[test]
    fn a_tile_is_as_slow_as_what_it_receives_or_sends_and_its_messages() {
        let mut machine = mk2();
        machine.exchange_message_centicycles = 200;
        machine.exchange_sender_code_bytes = 4;
        let tile = TileTransfer {
            received_bytes: 400,
            messages: 10,
            senders: 3,
            ..TileTransfer::default()
        };
        assert_eq!(cycles(&machine, &tile), 100 + 20);
        assert_eq!(code_bytes(&machine, &tile), 3 * 4);
        let shared = TileTransfer {
            shared_bytes: 200,
            ..tile
        };
        assert_eq!(cycles(&machine, &shared), 50 + 25 + 20);
        let sends_more = TileTransfer {
            sent_bytes: 1200,
            ..tile
        };
        assert_eq!(cycles(&machine, &sends_more), 300 + 20);
        let of_two_words = TileTransfer {
            received_bytes: 8,
            ..tile
        };
        assert_eq!(cycles(&machine, &of_two_words), 2 + 4);
        assert_eq!(code_bytes(&machine, &of_two_words), 2 * 4);
        assert_eq!(cycles(&machine, &TileTransfer::default()), 0);
    }
}
