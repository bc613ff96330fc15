//! Pictures of studies.

mod fronts;
mod gains;
mod heat_map;
mod lines;
mod parallel;
#[cfg(test)]
mod tests;

use tilesim_study::Picture;

use self::{fronts::Fronts, gains::Gains, heat_map::HeatMap, lines::Lines, parallel::Coordinates};
use super::{
    canvas::{Drawing, drawn},
    scene::{Area, Scene},
};
use crate::{
    PlotError, PlotOptions,
    quantity::{Form, Quantity},
};

/// The file of a picture.
///
/// # Errors
/// When it cannot be drawn or encoded.
pub fn picture(picture: &Picture, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    drawn(options, &StudyPicture(picture))
}

pub(super) struct StudyPicture<'a>(pub(super) &'a Picture);

impl Drawing for StudyPicture<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        match self.0 {
            Picture::Lines {
                x,
                y,
                places,
                lines,
                measured,
                ..
            } => Lines {
                x,
                y,
                places,
                simulated: lines,
                measured,
            }
            .scene(scene, room),
            Picture::HeatMap {
                x,
                y,
                value,
                columns,
                rows,
                ..
            } => HeatMap {
                x,
                y,
                value,
                columns,
                rows,
            }
            .scene(scene, room),
            Picture::Parallel { parallel, .. } => Coordinates(parallel).scene(scene, room),
            Picture::Gains {
                comparisons, figures, ..
            } => Gains { comparisons, figures }.scene(scene, room),
            Picture::Fronts { panels, .. } => Fronts(panels).scene(scene, room),
        }
    }
}

/// What a figure is that may be a gain, or related to another.
fn figure(label: &str) -> Quantity {
    for prefix in ["gain in ", "relative "] {
        if let Some(path) = label.strip_prefix(prefix) {
            return Quantity {
                name: format!("{prefix}{}", Quantity::of(path).name),
                unit: "",
                form: Form::Count,
            };
        }
    }
    Quantity::of(label)
}

/// The value of a setting where the title of its axis says its unit.
fn place(key: &str, value: &str) -> String {
    let bytes = value.parse().ok().filter(|bytes: &f64| bytes % 1024.0 == 0.0);
    match bytes {
        Some(bytes) if Quantity::of(key).form == Form::Bytes => (bytes / 1024.0).to_string(),
        _ => value.to_owned(),
    }
}
