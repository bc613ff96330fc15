//! Figures of points that other points share: where only the memory of tiles differs, mostly nothing else does.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
};

use tilesim_study::Evaluation;

use crate::Error;

/// Figures of a run, as far as they do not depend on the memory of tiles.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    /// Most bytes that a tile needs.
    pub(super) peak_bytes: u64,
    /// The study's metrics.
    pub(super) metrics: Vec<Option<f64>>,
    /// Bytes of tile memory for which they are these.
    pub(super) tile_memory: RangeInclusive<u64>,
}

/// Figures that are kept of points that are alike, by everything but their tile memory.
type Entry = Arc<Mutex<Vec<Figures>>>;

/// Figures by what a point sets; the oldest go first.
#[derive(Debug)]
pub(super) struct Memo {
    /// What each metric says of the memory, by its index.
    of_memory: Vec<Option<MemoryMetric>>,
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_settings: BTreeMap<String, Entry>,
    by_age: std::collections::VecDeque<String>,
}

/// A metric that depends on the memory of tiles, and on nothing else but the peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MemoryMetric {
    TileBytes,
    Fits,
}

/// Figures of the memory section that do not depend on how much there is.
const INDEPENDENT: [&str; 5] = [
    "peak_bytes",
    "gap_bytes",
    "peak_tile",
    "peak_step",
    "always_live_bytes",
];

impl Memo {
    /// A memo for these metrics, with room for the points of `capacity` combinations; nothing where a metric depends on the memory of
    /// tiles in another way.
    pub(super) fn new(metrics: &[String], capacity: usize) -> Option<Self> {
        let of_memory = metrics
            .iter()
            .map(|metric| match metric.rsplit('.').next().unwrap_or(metric) {
                "tile_bytes" => Some(Some(MemoryMetric::TileBytes)),
                "fits" => Some(Some(MemoryMetric::Fits)),
                name if metric.starts_with("memory.") && !INDEPENDENT.contains(&name) => None,
                _ => Some(None),
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            of_memory,
            capacity: capacity.max(1),
            entries: Mutex::default(),
        })
    }

    /// The figures of a point: of one that is alike, or else those that `run` finds. Who asks for what another thread is about to
    /// find waits for it.
    pub(super) fn figures(
        &self,
        settings: &str,
        tile_memory_bytes: u64,
        run: impl FnOnce() -> Result<Figures, Error>,
    ) -> Result<Evaluation, Error> {
        let entry = self.entry(settings);
        let mut known = entry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = known
            .iter()
            .find(|figures| figures.tile_memory.contains(&tile_memory_bytes))
        {
            return Ok(self.evaluation(figures, tile_memory_bytes));
        }
        let figures = run()?;
        let evaluation = self.evaluation(&figures, tile_memory_bytes);
        known.push(figures);
        Ok(evaluation)
    }

    fn entry(&self, settings: &str) -> Entry {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.by_settings.get(settings) {
            return Arc::clone(entry);
        }
        while entries.by_settings.len() >= self.capacity
            && let Some(oldest) = entries.by_age.pop_front()
        {
            entries.by_settings.remove(&oldest);
        }
        let entry = Entry::default();
        entries.by_age.push_back(settings.to_owned());
        entries
            .by_settings
            .insert(settings.to_owned(), Arc::clone(&entry));
        entry
    }

    fn evaluation(&self, figures: &Figures, tile_memory_bytes: u64) -> Evaluation {
        let fits = figures.peak_bytes <= tile_memory_bytes;
        let metrics = figures.metrics.iter().zip(&self.of_memory);
        Evaluation::Done {
            fits,
            metrics: metrics
                .map(|(figure, of_memory)| match of_memory {
                    None => *figure,
                    Some(MemoryMetric::TileBytes) => Some(tile_memory_bytes as f64),
                    Some(MemoryMetric::Fits) => Some(f64::from(u8::from(fits))),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(metrics: &[&str]) -> Vec<String> {
        metrics.iter().map(|&metric| metric.to_owned()).collect()
    }

    #[test]
    fn alike_points_run_once() -> Result<(), Error> {
        let metrics = names(&["time.cycles", "memory.tile_bytes", "fits", "memory.peak_bytes"]);
        let Some(memo) = Memo::new(&metrics, 2) else {
            panic!("all of these are known");
        };
        let mut runs = 0;
        let mut evaluate = |settings: &str, bytes: u64| {
            memo.figures(settings, bytes, || {
                runs += 1;
                Ok(Figures {
                    peak_bytes: 500,
                    metrics: vec![Some(7.0), None, None, Some(500.0)],
                    tile_memory: 300..=bytes,
                })
            })
        };
        let done = |fits: bool, bytes: f64| Evaluation::Done {
            fits,
            metrics: vec![
                Some(7.0),
                Some(bytes),
                Some(f64::from(u8::from(fits))),
                Some(500.0),
            ],
        };
        assert_eq!(evaluate("a", 600)?, done(true, 600.0));
        assert_eq!(evaluate("a", 400)?, done(false, 400.0));
        assert_eq!(evaluate("a", 200)?, done(false, 200.0));
        evaluate("b", 600)?;
        // The first has gone.
        evaluate("c", 600)?;
        evaluate("a", 600)?;
        assert_eq!(runs, 5);
        Ok(())
    }

    #[test]
    fn other_figures_of_memory_are_not_shared() {
        assert!(Memo::new(&names(&["memory.residents.0.bytes"]), 1).is_none());
    }
}
