//! Whether a result that was read adds up.

use crate::{CyclesByCause, ReportError, RunResult, causes::saturating_sum};

impl RunResult {
    /// Checks what every result of a simulation fulfils: causes sum to cycles, and layers to the run.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn check(&self) -> Result<(), ReportError> {
        if self.run.batch == 0 {
            return Err(ReportError::Batch);
        }
        causes("the run", &self.cycles_by_cause, self.time.cycles)?;
        for (index, layer) in self.layers.iter().enumerate() {
            causes(&format!("layers[{index}]"), &layer.cycles_by_cause, layer.cycles)?;
        }
        for (index, kind) in self.layer_kinds.iter().enumerate() {
            causes(
                &format!("layer_kinds[{index}]"),
                &kind.cycles_by_cause,
                kind.cycles,
            )?;
        }
        sums_to(self.layers.iter().map(|layer| layer.cycles), self.time.cycles)?;
        sums_to(self.layer_kinds.iter().map(|kind| kind.cycles), self.time.cycles)
    }
}

fn causes(scope: &str, causes: &CyclesByCause, cycles: u64) -> Result<(), ReportError> {
    let sum = causes.total();
    if sum == cycles {
        return Ok(());
    }
    Err(ReportError::Causes {
        scope: scope.to_owned(),
        causes: sum,
        cycles,
    })
}

fn sums_to(parts: impl Iterator<Item = u64>, total: u64) -> Result<(), ReportError> {
    let layers = saturating_sum(parts);
    if layers == total {
        return Ok(());
    }
    Err(ReportError::Layers { layers, total })
}
