//! What joins the chips of a system, as plain numbers.

use crate::key::{Key, key};

/// Chips in pairs, the pairs stacked to a ladder; a host and streaming memory beside them.
///
/// Every field is read from the system JSON, where it stands with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interconnect {
    /// Chips.
    pub chips: u32,
    /// Bits per second of one link, each way.
    pub link_bits_per_second: u64,
    /// Share of them that carries data, in percent.
    pub link_efficiency_percent: u32,
    /// Links between the two chips of a pair.
    pub links_within_pair: u32,
    /// Links between a chip and the one above it.
    pub links_between_pairs: u32,
    /// Nanoseconds of one hop of a synchronisation over chips.
    pub sync_hop_nanoseconds: u32,
    /// Nanoseconds of one step of a ring beyond its bytes.
    pub collective_step_nanoseconds: u32,
    /// Bytes per second that a chip sends on in a ring.
    pub collective_bytes_per_second: u64,
    /// Bytes per second from the host to all chips together, and back.
    pub host_bytes_per_second: u64,
    /// Bytes per second through one port of the host.
    pub host_port_bytes_per_second: u64,
    /// Bytes per second between a chip and its share of streaming memory, each way.
    pub streaming_bytes_per_second: u64,
}

/// All keys, in the order in which they are explained.
pub const INTERCONNECT_KEYS: &[Key<Interconnect>] = &[
    key!("chips", "", 1..=65_536, chips, "chips of the system"),
    key!(
        "link_bits_per_second",
        "bit/s",
        1..=1_000_000_000_000_000,
        link_bits_per_second,
        "one link, each way"
    ),
    key!(
        "link_efficiency_percent",
        "%",
        1..=100,
        link_efficiency_percent,
        "share of a link that carries data"
    ),
    key!(
        "links_within_pair",
        "",
        1..=1_024,
        links_within_pair,
        "links between the two chips of a pair"
    ),
    key!(
        "links_between_pairs",
        "",
        1..=1_024,
        links_between_pairs,
        "links between a chip and the one above it"
    ),
    key!(
        "sync_hop_nanoseconds",
        "ns",
        0..=1_000_000_000,
        sync_hop_nanoseconds,
        "one hop of a synchronisation over chips"
    ),
    key!(
        "collective_step_nanoseconds",
        "ns",
        0..=1_000_000_000,
        collective_step_nanoseconds,
        "one step of a ring beyond its bytes"
    ),
    key!(
        "collective_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        collective_bytes_per_second,
        "sent on by a chip in a ring"
    ),
    key!(
        "host_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        host_bytes_per_second,
        "from the host to all chips together, and back"
    ),
    key!(
        "host_port_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        host_port_bytes_per_second,
        "through one port of the host"
    ),
    key!(
        "streaming_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        streaming_bytes_per_second,
        "between a chip and streaming memory, each way"
    ),
];

impl Interconnect {
    /// Bytes per second of data from one pipeline stage to the next, each way.
    ///
    /// Stages lie along the ladder, so that every second border lies within a pair.
    pub fn stage_bytes_per_second(&self, border: u32) -> u64 {
        let links = if border.is_multiple_of(2) {
            self.links_within_pair
        } else {
            self.links_between_pairs
        };
        self.link_bits_per_second / 8 / 100 * u64::from(self.link_efficiency_percent) * u64::from(links)
    }

    /// Nanoseconds of a synchronisation over all chips: there and back, a hop for every four chips and one more (PopLibs, its
    /// test model of the ladder).
    pub fn sync_nanoseconds(&self) -> u64 {
        2 * u64::from(self.sync_hop_nanoseconds) * (4 + u64::from(self.chips)) / 4
    }

    /// Nanoseconds of summing up `bytes` over a ring of `replicas`, in each of `stages` pipeline stages at a time.
    ///
    /// A ring sends every byte but one part in `replicas` twice. Two chips of a pair have links of their own up and down the
    /// ladder; more stages than that share them.
    pub fn all_reduce_nanoseconds(&self, bytes: u64, replicas: u32, stages: u32) -> u64 {
        if replicas < 2 {
            return 0;
        }
        let steps = 2 * (u128::from(replicas) - 1);
        let latency = steps * u128::from(self.collective_step_nanoseconds);
        let sent = steps * u128::from(bytes) * u128::from(stages.div_ceil(2)) / u128::from(replicas);
        let transfer = (sent * 1_000_000_000).div_ceil(u128::from(self.collective_bytes_per_second.max(1)));
        u64::try_from(latency + transfer).unwrap_or(u64::MAX)
    }

    /// Bytes per second from the host to each of `replicas` that receive at the same time.
    pub fn host_bytes_per_second_of(&self, replicas: u32) -> u64 {
        let share = self.host_bytes_per_second / u64::from(replicas.max(1));
        share.min(self.host_port_bytes_per_second).max(1)
    }
}
