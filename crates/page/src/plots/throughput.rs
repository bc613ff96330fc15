//! Images per second against FLOPs per image: what the definition of a network promises, and what the machine makes of it.

use plotters::{
    chart::SeriesLabelPosition,
    coord::Shift,
    drawing::DrawingArea,
    element::{Circle, PathElement, Text},
    prelude::DrawingBackend,
    series::LineSeries,
    style::{
        Color,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{
    PlotError,
    canvas::{Drawing, FAINT, colour, text},
    frame::{LogAxis, frame, legend},
    run::PlotRun,
};

pub(super) struct Throughput<'a>(pub(super) &'a [PlotRun<'a>]);

impl Drawing for Throughput<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError> {
        let points: Vec<(f64, f64)> = self
            .0
            .iter()
            .map(|run| {
                (
                    (run.result.theoretical.flops as f64).max(1.0),
                    run.result.time.images_per_second.max(1e-3),
                )
            })
            .collect();
        let least = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(0.0, f64::max);
        let (left, right) = (least(|point| point.0) / 2.0, most(|point| point.0) * 2.0);
        let (bottom, top) = (least(|point| point.1) / 2.5, most(|point| point.1) * 2.5);
        let across = LogAxis {
            name: "FLOPs per image",
            ends: (left, right),
            marks: 6,
        };
        let up = LogAxis {
            name: "images per second",
            ends: (bottom, top),
            marks: 11,
        };
        let mut chart = frame(canvas, scale, [across, up])?;
        if let Some(&(flops, speed)) = points.first() {
            let promised = |x: f64| speed * flops / x;
            // Only where the line stays on the chart.
            let (from, to) = (left.max(speed * flops / top), right.min(speed * flops / bottom));
            chart
                .draw_series(LineSeries::new(
                    [(from, promised(from)), (to, promised(to))],
                    FAINT.stroke_width(scale),
                ))?
                .label("as FLOPs promise from the first")
                .legend(move |(x, y)| {
                    PathElement::new(
                        [(x, y), (x + 12 * scale.cast_signed(), y)],
                        FAINT.stroke_width(scale),
                    )
                });
        }
        let style = text(11, scale).pos(Pos::new(HPos::Center, VPos::Bottom));
        for (index, (run, &point)) in self.0.iter().zip(&points).enumerate() {
            let fill = colour(index);
            chart
                .draw_series([Circle::new(point, 6 * scale, fill.filled())])?
                .label(run.label)
                .legend(move |(x, y)| {
                    Circle::new((x + 6 * scale.cast_signed(), y), 5 * scale, fill.filled())
                });
            let above = (point.0, point.1 * (top / bottom).powf(0.025));
            chart.draw_series([Text::new(run.label.to_owned(), above, style.clone())])?;
        }
        legend(&mut chart, scale, SeriesLabelPosition::LowerLeft)
    }
}
