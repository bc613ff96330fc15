//! Predicted over measured, sorted within each group of measurements: an S around 1.

use plotters::style::Color;
use tilesim_report::{SiliconCurve, SiliconErrors};

use super::{
    axis::Axis,
    canvas::{Drawing, FAINT, colour, drawn},
    legend::{Key, legend},
    panel::{Panel, Sides},
    scene::{Area, Mark, Scene, Shape},
};
use crate::{PlotError, PlotOptions};

/// Errors within which a prediction lies in the band that is drawn.
const BAND: f64 = 0.1;
/// Colours that there are; groups beyond them have hollow marks.
const COLOURS: usize = 6;

/// The picture of all measurements.
///
/// # Errors
/// When it cannot be drawn or encoded.
pub fn silicon_picture(errors: &SiliconErrors, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    let with_rows = |curve: &&SiliconCurve| !curve.predicted_over_measured.is_empty();
    drawn(
        options,
        &SiliconPicture(errors.curves.iter().filter(with_rows).collect()),
    )
}

struct SiliconPicture<'a>(Vec<&'a SiliconCurve>);

impl Drawing for SiliconPicture<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let ratios = || {
            self.0
                .iter()
                .flat_map(|curve| curve.predicted_over_measured.iter().copied())
        };
        let least = ratios().fold(1.0 - 2.0 * BAND, f64::min);
        let most = ratios().fold(1.0 + 2.0 * BAND, f64::max);
        let margin = 0.05 * (most - least);
        let key = |(index, curve): (usize, &&SiliconCurve)| {
            let key = Key::Mark {
                colour: colour(index),
                shape: Shape::of(index),
                is_filled: index < COLOURS,
            };
            let rows = curve.predicted_over_measured.len();
            (format!("{} ({rows})", curve.group.replace('_', " ")), key)
        };
        let entries: Vec<(String, Key)> = self.0.iter().enumerate().map(key).collect();
        let room = legend(scene, room, &entries);
        let axes = [
            Axis::linear("share of the group's rows (%)", 0.0, 100.0),
            Axis::linear("predicted over measured", least - margin, most + margin),
        ];
        let panel = Panel::drawn(scene, room, "", axes, Sides::default());
        let (left, top) = panel.place((0.0, 1.0 + BAND));
        let (right, bottom) = panel.place((100.0, 1.0 - BAND));
        let band = Area {
            left,
            top,
            right,
            bottom,
        };
        scene.background(band, FAINT.mix(0.12));
        scene.line(
            vec![panel.place((0.0, 1.0)), panel.place((100.0, 1.0))],
            FAINT.to_rgba(),
            1.0,
        );
        for (index, curve) in self.0.iter().enumerate() {
            let rows = &curve.predicted_over_measured;
            let points = rows
                .iter()
                .enumerate()
                .map(|(rank, ratio)| panel.place((100.0 * (rank as f64 + 0.5) / rows.len() as f64, *ratio)));
            scene.line(points.clone().collect(), colour(index).to_rgba(), 1.2);
            for at in points {
                scene.mark(Mark {
                    at,
                    shape: Shape::of(index),
                    radius: 3.2,
                    colour: colour(index),
                    is_filled: index < COLOURS,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlotFormat;

    #[test]
    fn a_group_without_predictions_is_not_drawn() {
        let curve = |group: &str, ratios: &[f64]| SiliconCurve {
            group: group.to_owned(),
            predicted_over_measured: ratios.to_vec(),
        };
        let errors = SiliconErrors {
            groups: Vec::new(),
            curves: vec![
                curve("matrix_products 16.16", &[0.9, 1.0, 1.8]),
                curve("training", &[]),
            ],
        };
        let svg = silicon_picture(&errors, &PlotFormat::Svg.into()).expect("it is drawn");
        let svg = String::from_utf8(svg).expect("text");
        assert!(
            svg.contains("matrix products 16.16 (3)") && !svg.contains("training"),
            "{svg}"
        );
        assert!(silicon_picture(&SiliconErrors::default(), &PlotFormat::Svg.into()).is_ok());
    }
}
