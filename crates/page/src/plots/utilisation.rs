//! How much of the convolution units' peak every layer reaches.

use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    coord::Shift,
    drawing::DrawingArea,
    element::{Circle, PathElement},
    prelude::DrawingBackend,
    style::{Color, WHITE},
};

use super::{
    PlotError,
    canvas::{Drawing, colour, text},
    frame::legend,
    run::PlotRun,
};

pub(super) struct Utilisation<'a>(pub(super) &'a [PlotRun<'a>]);

impl Drawing for Utilisation<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError> {
        let layers = self
            .0
            .iter()
            .map(|run| run.result.layers.len())
            .max()
            .unwrap_or(0);
        let most = self
            .0
            .iter()
            .flat_map(|run| run.result.layers.iter().map(|layer| 100.0 * layer.conv_units))
            .fold(1.0, f64::max);
        let mut chart = ChartBuilder::on(canvas)
            .margin(12 * scale)
            .x_label_area_size(46 * scale)
            .y_label_area_size(64 * scale)
            .build_cartesian_2d(-1.0..layers as f64, 0.0..1.15 * most)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_desc("layer, in the order of the network")
            .y_desc("% of the convolution units' peak")
            .x_label_formatter(&|value| format!("{value:.0}"))
            .label_style(text(12, scale))
            .axis_desc_style(text(13, scale))
            .light_line_style(WHITE)
            .draw()?;
        for (index, run) in self.0.iter().enumerate() {
            let points: Vec<(f64, f64)> = run
                .result
                .layers
                .iter()
                .enumerate()
                .filter(|(_, layer)| layer.macs > 0)
                .map(|(position, layer)| (position as f64, 100.0 * layer.conv_units))
                .collect();
            let fill = colour(index);
            // Stems of several runs would hide each other.
            if self.0.len() == 1 {
                chart.draw_series(points.iter().map(|&(x, y)| {
                    PathElement::new([(x, 0.0), (x, y)], fill.mix(0.35).stroke_width(scale))
                }))?;
            }
            chart
                .draw_series(
                    points
                        .iter()
                        .map(|&point| Circle::new(point, 3 * scale, fill.filled())),
                )?
                .label(run.label)
                .legend(move |(x, y)| {
                    Circle::new((x + 6 * scale.cast_signed(), y), 4 * scale, fill.filled())
                });
            let mean = 100.0 * run.result.utilisation.conv_units;
            chart
                .draw_series([PathElement::new(
                    [(-1.0, mean), (layers as f64, mean)],
                    fill.stroke_width(scale),
                )])?
                .label(format!("whole run: {mean:.1} %"))
                .legend(move |(x, y)| {
                    PathElement::new(
                        [(x, y), (x + 12 * scale.cast_signed(), y)],
                        fill.stroke_width(scale),
                    )
                });
        }
        legend(&mut chart, scale, SeriesLabelPosition::UpperRight)
    }
}
