//! What runs share: who holds, sends and computes how much, which depends on programs but hardly on machines.

use std::{
    borrow::Borrow,
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashMap;
use tilesim_geometry::{Placement, TileTransfer};
use tilesim_machine::Machine;
use tilesim_program::{Movement, Variable, Work, work::WorkClass};

use crate::{exchange, tile_bytes::TileBytes};

/// Exchanges, compute sets and variables of as many programs as there is room for. A run that finds its own there computes no
/// geometry; its profile is the same.
#[derive(Debug)]
pub struct SharedGeometry {
    exchanges: Generations<(u64, Vec<Movement>), Moved>,
    classes: Generations<Work, Vec<WorkClass>>,
    bytes: Generations<(Placement, u64), TileBytes>,
}

impl SharedGeometry {
    /// Room for the steps and variables of about `programs` networks of a few hundred steps: some megabytes each.
    pub fn new(programs: usize) -> Self {
        const STEPS: usize = 256;
        Self {
            exchanges: Generations::new(programs * STEPS),
            classes: Generations::new(programs * STEPS),
            bytes: Generations::new(programs * STEPS),
        }
    }
}

/// Where a run takes its geometry from. Profiles of own and of shared geometry are the same.
#[derive(Debug, Clone, Copy)]
pub enum GeometrySource<'a> {
    /// The run works everything out itself.
    Own,
    /// The run looks whether others have, and leaves them what it finds.
    Shared(&'a SharedGeometry),
}

impl GeometrySource<'_> {
    /// What every tile does in an exchange.
    pub(crate) fn moved(self, machine: &Machine, movements: &[Movement]) -> Arc<Moved> {
        let find = || Moved::new(&exchange::by_tile(machine, movements));
        match self {
            Self::Own => Arc::new(find()),
            Self::Shared(shared) => {
                let key = (exchange::tiles_per_bus(machine), movements.to_vec());
                shared.exchanges.of(&key, find)
            }
        }
    }

    /// Tiles with equal work.
    pub(crate) fn classes(self, work: &Work) -> Arc<Vec<WorkClass>> {
        match self {
            Self::Own => Arc::new(work.classes()),
            Self::Shared(shared) => shared.classes.of(work, || work.classes()),
        }
    }

    /// Bytes of a variable on every tile.
    pub(crate) fn bytes_by_tile(self, variable: &Variable) -> Arc<TileBytes> {
        match self {
            Self::Own => Arc::new(TileBytes::new(variable)),
            Self::Shared(shared) => {
                let key = (variable.placement.clone(), variable.element_bytes);
                shared.bytes.of(&key, || TileBytes::new(variable))
            }
        }
    }
}

/// What tiles do in an exchange: neighbours mostly do the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// What so many tiles do, in order of tiles.
    pub(crate) runs: Vec<(TileTransfer, u32)>,
}

impl Moved {
    pub(crate) fn new(by_tile: &[TileTransfer]) -> Self {
        let runs = by_tile.chunk_by(|left, right| left == right);
        Self {
            runs: runs.map(|run| (run[0], run.len() as u32)).collect(),
        }
    }
}

/// Values by key in two generations: when the young one is full it becomes the old one, which is forgotten. So what is used stays,
/// and memory is bounded.
#[derive(Debug)]
struct Generations<K, V> {
    capacity: usize,
    both: Mutex<Both<K, V>>,
}

#[derive(Debug)]
struct Both<K, V> {
    young: FxHashMap<K, Arc<V>>,
    old: FxHashMap<K, Arc<V>>,
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            both: Mutex::new(Both {
                young: FxHashMap::default(),
                old: FxHashMap::default(),
            }),
        }
    }

    /// The value of a key. Two threads that ask at the same time may both work it out, and find the same.
    fn of<Q>(&self, key: &Q, find: impl FnOnce() -> V) -> Arc<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(value) = self.known(key) {
            return value;
        }
        let value = Arc::new(find());
        self.keep(key.to_owned(), &value);
        value
    }

    fn known<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = both.young.get(key) {
            return Some(Arc::clone(value));
        }
        let (key, value) = both.old.remove_entry(key)?;
        both.insert(key, Arc::clone(&value), self.capacity);
        Some(value)
    }

    fn keep(&self, key: K, value: &Arc<V>) {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.insert(key, Arc::clone(value), self.capacity);
    }
}

impl<K: Hash + Eq, V> Both<K, V> {
    fn insert(&mut self, key: K, value: Arc<V>, capacity: usize) {
        if self.young.len() >= capacity {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_is_used_stays() {
        let kept: Generations<u64, u64> = Generations::new(2);
        let found = Cell::new(0);
        let square = |key: u64| {
            *kept.of(&key, || {
                found.set(found.get() + 1);
                key * key
            })
        };
        for key in [1, 2, 1, 3, 1, 4, 1, 5, 1] {
            assert_eq!(square(key), key * key);
        }
        // Each once.
        assert_eq!(found.get(), 5);
        square(2);
        assert_eq!(found.get(), 6);
    }

    #[test]
    fn runs_are_all_tiles() {
        let some = TileTransfer {
            sent_bytes: 4,
            ..TileTransfer::default()
        };
        let moved = Moved::new(&[some, some, TileTransfer::default(), some]);
        assert_eq!(moved.runs, [(some, 2), (TileTransfer::default(), 1), (some, 1)]);
    }
}
