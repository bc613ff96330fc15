//! What joins the chips of a system, as plain numbers.

use crate::key::{Key, key};

/// Chips in pairs, the pairs stacked to a ladder; ladders joined by gateways; a host and streaming memory beside them.
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
    /// Nanoseconds of one step of a ring beyond its bytes and the synchronisation.
    pub collective_step_nanoseconds: u32,
    /// Bytes per second that a chip sends on in a ring.
    pub collective_bytes_per_second: u64,
    /// Most bytes that are added up over replicas at a time; more of them follow one another.
    pub collective_piece_bytes: u64,
    /// Chips that links join to one ladder; gateways join the ladders.
    pub ladder_chips: u32,
    /// Nanoseconds of one step of a ring over ladders beyond its bytes and the synchronisation.
    pub gateway_step_nanoseconds: u32,
    /// Chips that share a gateway: to other ladders and to the host.
    pub gateway_chips: u32,
    /// Bytes per second from a gateway to those of other ladders.
    pub gateway_bytes_per_second: u64,
    /// Bytes per second from the host to the chips of one gateway, and back.
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
        "collective_piece_bytes",
        "B",
        1..=1_000_000_000_000,
        collective_piece_bytes,
        "most that is added up over replicas at a time"
    ),
    key!(
        "ladder_chips",
        "",
        1..=65_536,
        ladder_chips,
        "chips that links join to one ladder"
    ),
    key!(
        "gateway_step_nanoseconds",
        "ns",
        0..=1_000_000_000,
        gateway_step_nanoseconds,
        "one step of a ring over ladders beyond its bytes"
    ),
    key!(
        "gateway_chips",
        "",
        1..=65_536,
        gateway_chips,
        "chips that share a gateway, to other ladders and to the host"
    ),
    key!(
        "gateway_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        gateway_bytes_per_second,
        "from a gateway to those of other ladders"
    ),
    key!(
        "host_bytes_per_second",
        "B/s",
        1..=1_000_000_000_000_000,
        host_bytes_per_second,
        "from the host to the chips of one gateway, and back"
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

    /// Nanoseconds of a synchronisation over all chips.
    pub fn sync_nanoseconds(&self) -> u64 {
        self.sync_nanoseconds_of(self.chips)
    }

    /// Nanoseconds of a synchronisation over some chips: there and back, a hop for every four chips and one more (PopLibs, its
    /// test model of the ladder).
    fn sync_nanoseconds_of(&self, chips: u32) -> u64 {
        2 * u64::from(self.sync_hop_nanoseconds) * (4 + u64::from(chips)) / 4
    }

    /// Nanoseconds of summing up tensors of so many bytes over `replicas`, in each of `stages` pipeline stages at a time, in pieces
    /// that follow one another: tensors are joined in their order as long as a piece holds them, and a larger one is cut.
    pub fn all_reduce_nanoseconds(
        &self,
        tensors: impl IntoIterator<Item = u64>,
        replicas: u32,
        stages: u32,
    ) -> u64 {
        let most = self.collective_piece_bytes.max(1);
        let piece = |bytes| self.piece_nanoseconds(bytes, replicas, stages);
        let mut joined = 0;
        let mut sum = 0_u64;
        for bytes in tensors {
            if bytes > most - joined.min(most) {
                sum = sum.saturating_add(piece(joined));
                let whole = bytes / most;
                sum = sum.saturating_add(piece(most).saturating_mul(whole));
                joined = bytes % most;
            } else {
                joined += bytes;
            }
        }
        sum.saturating_add(piece(joined))
    }

    /// Nanoseconds of summing up one piece.
    ///
    /// Within a ladder the replicas are a ring, which sends every byte but one part in `replicas` twice: once until each replica has
    /// the sum of a part, once to bring the parts to all. Two chips of a pair have links of their own up and down the ladder; more
    /// stages than that share them. Where there are several ladders, between the two each replica adds up its part with those of the
    /// other ladders, again as a ring, through the gateway that it shares with its neighbours.
    fn piece_nanoseconds(&self, bytes: u64, replicas: u32, stages: u32) -> u64 {
        if replicas < 2 || bytes == 0 {
            return 0;
        }
        let within = (self.ladder_chips / stages.max(1)).clamp(1, replicas);
        let ladders = replicas.div_ceil(within);
        let steps = |ring: u32| 2 * (u128::from(ring) - 1);
        let chips_of = |replicas: u32| replicas.saturating_mul(stages.max(1)).min(self.chips);
        let latency = |ring: u32, step: u32, chips: u32| {
            steps(ring) * (u128::from(step) + u128::from(self.sync_nanoseconds_of(chips)))
        };
        let sent = |ring: u32, bytes: u128, sharing: u32, rate: u64| {
            let sent = steps(ring) * bytes * u128::from(sharing) / u128::from(ring);
            sent.saturating_mul(1_000_000_000)
                .div_ceil(u128::from(rate.max(1)))
        };
        let bytes = u128::from(bytes);
        let links = sent(
            within,
            bytes,
            stages.div_ceil(2),
            self.collective_bytes_per_second,
        );
        let part = bytes.div_ceil(u128::from(within));
        let gateways = sent(ladders, part, self.gateway_chips, self.gateway_bytes_per_second);
        let sum = links
            .saturating_add(gateways)
            .saturating_add(latency(
                within,
                self.collective_step_nanoseconds,
                chips_of(within),
            ))
            .saturating_add(latency(
                ladders,
                self.gateway_step_nanoseconds,
                chips_of(replicas),
            ));
        u64::try_from(sum).unwrap_or(u64::MAX)
    }

    /// Bytes per second from the host to each of `replicas` of `stages` chips that receive at the same time: those whose first stages
    /// share a gateway share its rate, and none has more than a port.
    pub fn host_bytes_per_second_of(&self, replicas: u32, stages: u32) -> u64 {
        let sharing = self.gateway_chips.div_ceil(stages.max(1)).min(replicas.max(1));
        let share = self.host_bytes_per_second / u64::from(sharing.max(1));
        share.min(self.host_port_bytes_per_second).max(1)
    }
}
