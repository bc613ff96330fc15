//! How a point is run, apart from network, machine and system.

use tilesim_report::Mode;
use tilesim_terms::{HostTransfers, Planning};

use crate::{
    Error, Precision, Setting,
    simulation::{batch_of, planning_of, precision_of, set_host},
};

/// Choices of a run; nothing where the point leaves one open.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Choices {
    mode: Option<Mode>,
    batch: Option<u64>,
    precision: Option<Precision>,
    available_memory_proportion: Option<f64>,
    host: HostTransfers,
    planning: Planning,
}

impl Choices {
    /// Takes a setting of the run; false where it is none.
    pub(super) fn set(&mut self, setting: &Setting) -> Result<bool, Error> {
        let text = setting.to_string();
        match setting.key.as_str() {
            "mode" => {
                self.mode = Some(match setting.value.as_str() {
                    "inference" => Mode::Inference,
                    "training" => Mode::Training,
                    _ => return Err(Error::argument(&text, "is no mode", "inference or training")),
                });
            }
            "batch" => self.batch = Some(batch_of(&text, setting)?),
            "precision" => self.precision = Some(precision_of(&text, setting)?),
            "available_memory_proportion" => {
                let share = setting.value.parse().ok();
                let share = share.filter(|share| *share > 0.0 && *share <= 1.0);
                let share = share
                    .ok_or_else(|| Error::argument(&text, "is no share", "a number above 0, at most 1"))?;
                self.available_memory_proportion = Some(share);
            }
            "planning" => self.planning = planning_of(&text, setting)?,
            _ => return set_host(&mut self.host, &text, setting),
        }
        Ok(true)
    }

    /// What is run.
    pub(super) fn mode(&self) -> Mode {
        self.mode.unwrap_or(Mode::Inference)
    }

    /// Images at a time; those of the network itself where they are left open.
    pub(super) fn batch(&self) -> Option<u64> {
        self.batch
    }

    /// Types of data and partial sums.
    pub(super) fn precision(&self) -> Precision {
        self.precision.unwrap_or(Precision::F16F16)
    }

    /// Share of a tile's memory for temporaries, as the commands' option where it is left open.
    pub(super) fn available_memory_proportion(&self) -> f64 {
        self.available_memory_proportion.unwrap_or(0.6)
    }

    /// By what plans of convolutions are chosen.
    pub(super) fn planning(&self) -> Planning {
        self.planning
    }

    /// How the host takes part.
    pub(super) fn host(&self) -> HostTransfers {
        self.host
    }

    /// The first choice that a named system makes itself.
    pub(super) fn of_system(&self) -> Option<(&'static str, &'static str)> {
        if self.batch.is_some() {
            Some(("batch", "`system.micro_batch`"))
        } else if self.precision.is_some() {
            Some(("precision", "`system.precision` and `system.half_partials`"))
        } else if self.available_memory_proportion.is_some() {
            Some((
                "available_memory_proportion",
                "`system.available_memory_proportion`",
            ))
        } else {
            None
        }
    }
}
