//! Parallel coordinates: every point a line over all that varies and all that is measured.

use plotters::style::{
    BLACK, Color,
    text_anchor::{HPos, VPos},
};
use tilesim_study::{Parallel, ParallelAxis};

use super::{heat_map::shade, place};
use crate::plots::{
    canvas::Drawing,
    scene::{Area, Label, Scene, text_width},
};
use crate::quantity::Quantity;

pub(super) struct Coordinates<'a>(pub(super) &'a Parallel);

/// Size of letters: there are many.
const SIZE: f64 = 9.0;
/// Size of the names of axes.
const NAME: f64 = 10.0;
/// Levels on which names of axes stand, so that neighbours do not meet.
const LEVELS: usize = 3;

impl Drawing for Coordinates<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let Parallel { axes, lines } = self.0;
        // Marks stand to the right of their axis: so does the room of the last one.
        let step = room.width() / axes.len().max(1) as f64;
        let area = Area {
            left: room.left + 4.0,
            top: room.top + 6.0,
            right: room.left + 4.0 + step * (axes.len().saturating_sub(1)) as f64,
            bottom: room.bottom - LEVELS as f64 * (SIZE + 4.0) - 4.0,
        };
        let at = |axis: usize, height: f64| {
            (
                area.left + step * axis as f64,
                area.bottom - height * area.height(),
            )
        };
        // Colours go with the height on the last axis.
        let opacity = (60.0 / lines.len().max(1) as f64).clamp(0.08, 0.7);
        for heights in lines {
            let last = heights.last().copied().flatten().unwrap_or(0.0);
            let through = heights
                .iter()
                .enumerate()
                .filter_map(|(axis, height)| Some(at(axis, (*height)?)));
            scene.line(through.collect(), shade(0.35 + 0.65 * last).mix(opacity), 0.8);
        }
        let mut ends = [room.left; LEVELS];
        for (index, axis) in axes.iter().enumerate() {
            scene.line(vec![at(index, 0.0), at(index, 1.0)], BLACK.to_rgba(), 1.0);
            marks(scene, axis, step - 8.0, |height| at(index, height));
            let level = index % LEVELS;
            let below = area.bottom + 6.0 + level as f64 * (SIZE + 4.0);
            // Up to where the next name on this level begins.
            let next = if index + LEVELS < axes.len() {
                at(index + LEVELS, 0.0).0 - 6.0
            } else {
                room.right
            };
            let text = Quantity::of(&axis.name).name;
            name(scene, &text, (at(index, 0.0).0, below), &mut ends[level], next);
        }
    }
}

/// Figures beside an axis, no closer than they can be read, each on a ground that keeps lines from striking through it.
fn marks(scene: &mut Scene, axis: &ParallelAxis, room: f64, at: impl Fn(f64) -> (f64, f64)) {
    let mut last: Option<Area> = None;
    for (text, height) in &axis.marks {
        let text = fitting(&place(&axis.name, text), room);
        let (x, y) = at(*height);
        let label = Label::new(text, (x + 4.0, y), SIZE).across(HPos::Left);
        let area = label.area();
        if last.is_some_and(|last| last.meets(&area)) {
            continue;
        }
        last = Some(Area {
            top: area.top - 3.0,
            ..area
        });
        scene.background(area, plotters::style::WHITE.mix(0.75));
        scene.label(label);
    }
}

/// The name of an axis below it; `end` is how far the last name on its level reaches, and `edge` how far there is room. Where a name has
/// not enough of it to the right, it begins further left.
fn name(scene: &mut Scene, text: &str, (x, y): (f64, f64), end: &mut f64, edge: f64) {
    let text = fitting(text, edge - *end);
    let left = (x - 2.0).min(edge - text_width(&text, NAME)).max(*end);
    *end = left + text_width(&text, NAME) + 6.0;
    let label = Label::new(text, (left, y), NAME);
    scene.label(label.across(HPos::Left).up(VPos::Top));
}

/// A text that is cut where it has no room.
fn fitting(text: &str, room: f64) -> String {
    let mut shown = text.to_owned();
    while text_width(&shown, NAME) > room && shown.chars().count() > 2 {
        let kept = shown.chars().count() - 2;
        shown = shown.chars().take(kept).chain(['…']).collect();
    }
    shown
}
