//! Every layer under the roof of its machine.

use plotters::{
    chart::SeriesLabelPosition,
    coord::Shift,
    drawing::DrawingArea,
    element::{Circle, PathElement},
    prelude::DrawingBackend,
    series::LineSeries,
    style::{BLACK, Color},
};
use tilesim_report::RunResult;

use super::{
    PlotError,
    canvas::{Drawing, colour},
    frame::{LogAxis, frame, legend},
    run::PlotRun,
};

pub(super) struct Roofline<'a>(pub(super) &'a [PlotRun<'a>]);

/// FLOPs per byte and FLOP/s of every layer that has both.
fn points(result: &RunResult) -> Vec<(f64, f64)> {
    result
        .layers
        .iter()
        .map(|layer| {
            let moved = layer
                .traffic
                .sram_read_bytes
                .saturating_add(layer.traffic.sram_write_bytes);
            let flops = 2.0 * layer.macs as f64;
            let seconds = layer.cycles as f64 / result.machine.clock_hz as f64;
            (flops / moved as f64, flops / seconds)
        })
        .filter(|(x, y)| x.is_finite() && y.is_finite() && *x > 0.0 && *y > 0.0)
        .collect()
}

/// FLOP/s at most, and bytes per second at most where that is known.
fn roof(run: &PlotRun<'_>) -> (f64, Option<f64>) {
    let machine = &run.result.machine;
    let clock = machine.clock_hz as f64;
    (
        2.0 * machine.peak_macs_per_cycle as f64 * clock,
        run.sram_bytes_per_cycle.map(|bytes| bytes as f64 * clock),
    )
}

impl Drawing for Roofline<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError> {
        let all: Vec<Vec<(f64, f64)>> = self.0.iter().map(|run| points(run.result)).collect();
        let ends = |of: fn(&(f64, f64)) -> f64, least: f64, most: f64| {
            let figures = || all.iter().flatten().map(of);
            (
                figures().fold(least, f64::min) / 1.5,
                figures().fold(most, f64::max) * 1.5,
            )
        };
        let (left, right) = ends(|point| point.0, 0.1, 50.0);
        let peak = self.0.iter().map(|run| roof(run).0).fold(1e9, f64::max);
        let (bottom, top) = ends(|point| point.1, peak, peak);
        let across = LogAxis {
            name: "FLOPs per byte of SRAM traffic",
            ends: (left, right),
            marks: 11,
        };
        let up = LogAxis {
            name: "FLOP/s",
            ends: (bottom, top),
            marks: 11,
        };
        let mut chart = frame(canvas, scale, [across, up])?;
        let mut roofs: Vec<(f64, Option<f64>)> = Vec::new();
        for run in self.0 {
            let roof = roof(run);
            if roofs.contains(&roof) {
                continue;
            }
            roofs.push(roof);
            let (peak, rate) = roof;
            let line = match rate {
                Some(rate) => vec![
                    (left, (rate * left).min(peak)),
                    ((peak / rate).clamp(left, right), (rate * right).min(peak)),
                    (right, (rate * right).min(peak)),
                ],
                None => vec![(left, peak), (right, peak)],
            };
            chart
                .draw_series(LineSeries::new(line, BLACK.stroke_width(2 * scale)))?
                .label(format!("roof of {}", run.result.machine.name))
                .legend(move |(x, y)| {
                    PathElement::new(
                        [(x, y), (x + 12 * scale.cast_signed(), y)],
                        BLACK.stroke_width(2 * scale),
                    )
                });
        }
        for (index, (run, points)) in self.0.iter().zip(&all).enumerate() {
            let fill = colour(index).mix(0.7);
            chart
                .draw_series(
                    points
                        .iter()
                        .map(|&point| Circle::new(point, 4 * scale, fill.filled())),
                )?
                .label(run.label)
                .legend(move |(x, y)| {
                    Circle::new((x + 6 * scale.cast_signed(), y), 4 * scale, fill.filled())
                });
        }
        legend(&mut chart, scale, SeriesLabelPosition::LowerRight)
    }
}
