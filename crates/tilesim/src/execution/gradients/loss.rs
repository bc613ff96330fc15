//! The loss of a reference: cross entropy with label smoothing, over the samples of a batch.

use tilesim_exec::{Tensor, cross_entropy};

use super::request::{GradientRequest, LossReduction};
use crate::{Error, execution::Archive};

/// Label smoothing of training (Masters et al. 2021), unless the reference or the user says otherwise.
const LABEL_SMOOTHING: f64 = 0.1;

/// How the loss is worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Loss {
    /// Share of the target that is spread evenly over all classes.
    pub(super) label_smoothing: f64,
    /// What it is of the losses of the samples.
    pub(super) reduction: LossReduction,
}

impl Loss {
    /// As the user states it; what is left open is what the logits and the loss of the reference show, where it has both.
    pub(super) fn of(
        request: &GradientRequest,
        archive: &Archive,
        labels: &Tensor,
        tolerance: f64,
    ) -> Result<Self, Error> {
        let smoothings = request
            .label_smoothing
            .map_or_else(|| vec![LABEL_SMOOTHING, 0.0], |smoothing| vec![smoothing]);
        let reductions = request.loss_reduction.map_or_else(
            || vec![LossReduction::Mean, LossReduction::Sum],
            |reduction| vec![reduction],
        );
        let candidates: Vec<Self> = smoothings
            .iter()
            .flat_map(|&label_smoothing| {
                reductions.iter().map(move |&reduction| Self {
                    label_smoothing,
                    reduction,
                })
            })
            .collect();
        let given = (archive.get("logits")?, archive.get("loss")?);
        let shown = if let (Some(logits), Some(loss)) = given {
            let expected = loss.values.first().copied().map_or(f64::NAN, f64::from);
            let fits = |candidate: &&Self| {
                let loss = candidate.value(logits, labels);
                loss.is_some_and(|loss| (loss - expected).abs() <= tolerance * expected.abs())
            };
            candidates.iter().find(fits)
        } else {
            None
        };
        Ok(shown.or(candidates.first()).copied().unwrap_or(Self {
            label_smoothing: LABEL_SMOOTHING,
            reduction: LossReduction::Mean,
        }))
    }

    /// What a reader should know.
    pub(super) fn remark(self) -> String {
        let reduction = match self.reduction {
            LossReduction::Mean => "mean",
            LossReduction::Sum => "sum",
        };
        format!(
            "the loss is the {reduction} over the samples, with label smoothing {}",
            self.label_smoothing
        )
    }

    /// The loss of logits `[samples, classes]`.
    fn value(self, logits: &Tensor, labels: &Tensor) -> Option<f64> {
        let sum = cross_entropy(logits, labels, self.label_smoothing)?;
        Some(match self.reduction {
            LossReduction::Mean => sum / labels.values.len() as f64,
            LossReduction::Sum => sum,
        })
    }
}
