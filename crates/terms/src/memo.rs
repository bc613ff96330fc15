//! What was worked out once, for whoever asks again.

use std::{
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use hashbrown::{Equivalent, HashMap};
use rustc_hash::FxBuildHasher;

/// Values by key in two generations: when the young one is full it becomes the old one, which is forgotten. So what is used stays, and
/// memory is bounded. Threads may share one.
///
/// ```
/// use tilesim_terms::Memo;
///
/// let squares: Memo<u64, u64> = Memo::new(1 << 20, |_, _| 16);
/// assert_eq!(*squares.of(&12, |key| *key, || 12 * 12), 144);
/// assert_eq!(squares.known(&12).as_deref(), Some(&144));
/// ```
#[derive(Debug)]
pub struct Memo<K, V> {
    /// Bytes of a generation.
    generation_bytes: usize,
    /// About how many bytes an entry takes.
    weigh: fn(&K, &V) -> usize,
    both: Mutex<Both<K, V>>,
}

#[derive(Debug)]
struct Both<K, V> {
    young: HashMap<K, Arc<V>, FxBuildHasher>,
    old: HashMap<K, Arc<V>, FxBuildHasher>,
    /// Bytes of the young generation.
    bytes: usize,
}

impl<K: Hash + Eq, V> Memo<K, V> {
    /// Room for about so many bytes, where `weigh` says what an entry takes.
    pub fn new(bytes: usize, weigh: fn(&K, &V) -> usize) -> Self {
        Self {
            generation_bytes: bytes / 2,
            weigh,
            both: Mutex::new(Both {
                young: HashMap::default(),
                old: HashMap::default(),
                bytes: 0,
            }),
        }
    }

    /// The value of a key, which `find` works out where it is not known; it is kept with the key that `own` makes. Two threads that ask at
    /// the same time may both work it out, and find the same.
    pub fn of<Q>(&self, key: &Q, own: impl FnOnce(&Q) -> K, find: impl FnOnce() -> V) -> Arc<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if let Some(value) = self.known(key) {
            return value;
        }
        let value = Arc::new(find());
        self.keep(own(key), &value);
        value
    }

    /// The value of a key, if it is known.
    pub fn known<Q>(&self, key: &Q) -> Option<Arc<V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = both.young.get(key) {
            return Some(Arc::clone(value));
        }
        let (key, value) = both.old.remove_entry(key)?;
        let bytes = (self.weigh)(&key, &value);
        both.insert(key, Arc::clone(&value), bytes, self.generation_bytes);
        Some(value)
    }

    /// Keeps the value of a key.
    pub fn keep(&self, key: K, value: &Arc<V>) {
        let bytes = (self.weigh)(&key, value);
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.insert(key, Arc::clone(value), bytes, self.generation_bytes);
    }
}

impl<K: Hash + Eq, V> Both<K, V> {
    fn insert(&mut self, key: K, value: Arc<V>, bytes: usize, most: usize) {
        if self.bytes + bytes > most && !self.young.is_empty() {
            self.old = mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.young.insert(key, value);
        self.bytes += bytes;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_is_used_stays() {
        let kept: Memo<u64, u64> = Memo::new(4, |_, _| 1);
        let found = Cell::new(0);
        let square = |key: u64| {
            *kept.of(
                &key,
                |key| *key,
                || {
                    found.set(found.get() + 1);
                    key * key
                },
            )
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
    fn what_weighs_more_than_there_is_room_for_stays_alone() {
        let kept: Memo<u64, u64> = Memo::new(4, |_, value| *value as usize);
        for key in [1, 100, 2] {
            kept.of(&key, |key| *key, || key);
        }
        assert!(kept.known(&2).is_some() && kept.known(&1).is_none());
    }
}
