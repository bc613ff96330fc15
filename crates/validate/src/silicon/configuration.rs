//! What configurations of training ran, as public sources state it.

use std::{collections::BTreeMap, path::Path};

use tilesim_bundled::SILICON_CONFIGURATIONS;

use super::cells::{leading_count, optional_number, settings, text};
use crate::{
    error::ValidateError,
    row::{Row, RowError},
    vendor_table,
};

/// A configuration; what is not known is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Name of the network.
    pub model: String,
    /// Changes of the network, by key.
    pub settings: Vec<(String, String)>,
    /// Pipeline stages.
    pub stages: Option<u64>,
    /// First block of every stage but the first.
    pub splits: Vec<String>,
    /// Parts of the network that one chip recomputes one after the other, in words.
    pub segments_on_one_chip: Option<String>,
    /// Images at a time.
    pub micro_batch: Option<u64>,
    /// Micro-batches of one update.
    pub accumulation: Option<u64>,
    /// Name of the optimiser.
    pub optimiser: String,
    /// Norm, as the setting `norm` of a network takes it.
    pub norm: Option<String>,
    /// Over what a batch norm takes its statistics, in words.
    pub norm_statistics_over: Option<String>,
    /// Name of the precision, such as `16.16`.
    pub precision: String,
    /// Share of tile memory that a convolution's temporaries may take.
    pub available_memory_proportion: Option<f64>,
    /// Tiles that are kept for the host.
    pub io_tiles: Option<u64>,
}

/// The configurations that are bundled, by name.
///
/// # Errors
/// Where the bundled table holds none.
pub fn bundled_configurations() -> Result<BTreeMap<String, Configuration>, ValidateError> {
    let rows = vendor_table::read_text(
        Path::new("the bundled configurations"),
        SILICON_CONFIGURATIONS,
        |placed| configuration(&placed.row).map_err(|source| placed.wrong(source)),
    )?;
    Ok(rows.into_iter().collect())
}

/// The configuration of a row, with its name.
pub(super) fn configuration(row: &Row<'_>) -> Result<(String, Configuration), RowError> {
    let optional = |column| row.get(column).map(|text| text.trim().to_owned());
    let configuration = Configuration {
        model: text(row, "model")?,
        settings: settings(row, "set")?,
        stages: leading_count(row, "stages")?,
        splits: row
            .get("splits")
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        segments_on_one_chip: optional("segments_on_one_chip"),
        micro_batch: leading_count(row, "micro_batch")?,
        accumulation: leading_count(row, "accumulation")?,
        optimiser: text(row, "optimiser")?,
        norm: optional("norm"),
        norm_statistics_over: optional("norm_statistics_over"),
        precision: text(row, "precision")?,
        available_memory_proportion: optional_number(row, "available_memory_proportion")?,
        io_tiles: row.get("io_tiles").map(|_| row.u64("io_tiles")).transpose()?,
    };
    Ok((text(row, "configuration")?, configuration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_ones_are_read() {
        let configurations = bundled_configurations().expect("they are sound");
        assert_eq!(configurations.len(), 21);
        let pipeline = &configurations["b4-g16-bow-pod16"];
        assert_eq!(
            (pipeline.stages, &*pipeline.splits),
            (Some(2), &["block4a".to_owned()][..])
        );
        assert_eq!(pipeline.segments_on_one_chip, None);
    }
}
