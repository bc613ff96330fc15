//! Small machines, derived from a real one.

use proptest::prelude::*;
use tilesim_machine::Machine;
use tilesim_test_support::machines::mk2;

/// The Mk2 with few tiles and other costs of communication.
pub(crate) fn machine() -> impl Strategy<Value = Machine> {
    let costs = (0_u32..300, 0_u32..100, 0_u32..1000, 0_u32..500);
    let launches = (0_u32..100, 0_u32..100, 0_u32..100);
    (
        1_u32..33,
        (costs, launches),
        prop_oneof![Just(4_u32), Just(8)],
        16_u64..1024,
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(
                tiles,
                ((sync, latency, message, piece), (exchange_launch, convolution_launch, vector_launch)),
                rate,
                kibibytes,
                (bus_sharing, wide_load),
            )| Machine {
                tiles,
                sync_cycles: sync,
                exchange_launch_cycles: exchange_launch,
                convolution_launch_cycles: convolution_launch,
                vector_launch_cycles: vector_launch,
                exchange_latency_cycles: latency,
                exchange_message_centicycles: message,
                copy_piece_centicycles: piece,
                exchange_bytes_per_cycle: rate,
                tile_memory_bytes: kibibytes * 1024,
                exchange_bus_sharing: bus_sharing,
                weight_load_128bit: wide_load,
                ..mk2()
            },
        )
}
