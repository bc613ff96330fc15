//! The wish that long work stops.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether long work is to stop. Copies are one: whoever holds one of them asks, and all work that has another ends with an error of its own
/// as soon as it looks. What was asked for once stays so.
#[derive(Debug, Clone, Default)]
pub struct Cancellation {
    asked: Option<Arc<AtomicBool>>,
}

impl Cancellation {
    /// One that can be asked for.
    pub fn new() -> Self {
        Self {
            asked: Some(Arc::default()),
        }
    }

    /// One that nobody ever asks for.
    pub const fn never() -> Self {
        Self { asked: None }
    }

    /// Asks all work that looks at this one to stop.
    pub fn ask(&self) {
        if let Some(asked) = &self.asked {
            asked.store(true, Ordering::Relaxed);
        }
    }

    /// Whether work is to stop.
    pub fn is_asked(&self) -> bool {
        self.asked
            .as_ref()
            .is_some_and(|asked| asked.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_one() {
        let cancellation = Cancellation::new();
        let copy = cancellation.clone();
        assert!(!copy.is_asked());
        cancellation.ask();
        assert!(copy.is_asked());
    }

    #[test]
    fn never_stays_never() {
        let never = Cancellation::never();
        never.ask();
        assert!(!never.is_asked());
    }
}
