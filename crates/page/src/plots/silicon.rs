//! Predicted over measured, sorted within each group of measurements: an S around 1.

use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    coord::Shift,
    drawing::DrawingArea,
    element::{Circle, Rectangle},
    prelude::DrawingBackend,
    series::LineSeries,
    style::{Color, WHITE},
};
use tilesim_report::{SiliconCurve, SiliconErrors};

use super::{
    canvas::{Drawing, FAINT, colour, drawn, text},
    frame::legend,
};
use crate::{PlotError, PlotFormat};

/// Errors within which a prediction lies in the band that is drawn.
const BAND: f64 = 0.1;
/// Colours that there are; groups beyond them have hollow marks.
const COLOURS: usize = 6;

/// The picture of all measurements.
///
/// # Errors
/// When it cannot be drawn or encoded.
pub fn silicon_picture(errors: &SiliconErrors, format: PlotFormat) -> Result<Vec<u8>, PlotError> {
    let with_rows = |curve: &&SiliconCurve| !curve.predicted_over_measured.is_empty();
    drawn(
        format,
        &SiliconPicture(errors.curves.iter().filter(with_rows).collect()),
    )
}

struct SiliconPicture<'a>(Vec<&'a SiliconCurve>);

impl Drawing for SiliconPicture<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError> {
        let ratios = || {
            self.0
                .iter()
                .flat_map(|curve| curve.predicted_over_measured.iter().copied())
        };
        let least = ratios().fold(1.0 - 2.0 * BAND, f64::min);
        let most = ratios().fold(1.0 + 2.0 * BAND, f64::max);
        let margin = 0.05 * (most - least);
        let mut chart = ChartBuilder::on(canvas)
            .margin(12 * scale)
            .x_label_area_size(46 * scale)
            .y_label_area_size(70 * scale)
            .build_cartesian_2d(0.0..100.0, least - margin..most + margin)?;
        chart
            .configure_mesh()
            .x_desc("share of the group's rows, in percent")
            .y_desc("predicted over measured")
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| format!("{value:.1}"))
            .label_style(text(12, scale))
            .axis_desc_style(text(13, scale))
            .light_line_style(WHITE)
            .draw()?;
        chart.draw_series([Rectangle::new(
            [(0.0, 1.0 - BAND), (100.0, 1.0 + BAND)],
            FAINT.mix(0.12).filled(),
        )])?;
        chart.draw_series(LineSeries::new(
            [(0.0, 1.0), (100.0, 1.0)],
            FAINT.stroke_width(scale),
        ))?;
        for (index, curve) in self.0.iter().enumerate() {
            let stroke = colour(index);
            let mark = if index < COLOURS {
                stroke.filled()
            } else {
                stroke.stroke_width(scale)
            };
            let rows = &curve.predicted_over_measured;
            let points = rows
                .iter()
                .enumerate()
                .map(|(rank, ratio)| (100.0 * (rank as f64 + 0.5) / rows.len() as f64, *ratio));
            chart.draw_series(LineSeries::new(points.clone(), stroke.stroke_width(scale)))?;
            chart
                .draw_series(points.map(|point| Circle::new(point, 4 * scale, mark)))?
                .label(format!("{} ({})", curve.group.replace('_', " "), rows.len()))
                .legend(move |(x, y)| Circle::new((x + 6 * scale.cast_signed(), y), 4 * scale, mark));
        }
        legend(&mut chart, scale, SeriesLabelPosition::UpperLeft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let svg = silicon_picture(&errors, PlotFormat::Svg).expect("it is drawn");
        let svg = String::from_utf8(svg).expect("text");
        assert!(
            svg.contains("matrix products 16.16 (3)") && !svg.contains("training"),
            "{svg}"
        );
        assert!(silicon_picture(&SiliconErrors::default(), PlotFormat::Svg).is_ok());
    }
}
