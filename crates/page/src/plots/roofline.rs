//! Every layer under the roof of its machine.

use plotters::style::{BLACK, Color};
use tilesim_report::RunResult;

use super::{
    axis::Axis,
    canvas::{Drawing, colour},
    legend::{Key, legend},
    panel::{Panel, Sides},
    run::PlotRun,
    scene::{Area, Mark, Scene, Shape},
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
    fn scene(&self, scene: &mut Scene, room: Area) {
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
        let mut roofs: Vec<((f64, Option<f64>), &str)> = Vec::new();
        for run in self.0 {
            let own = roof(run);
            if roofs.iter().all(|(known, _)| *known != own) {
                roofs.push((own, &run.result.machine.name));
            }
        }
        let mut entries: Vec<(String, Key)> = roofs
            .iter()
            .map(|(_, machine)| {
                let key = Key::Line {
                    colour: BLACK.to_rgba(),
                    width: 1.8,
                    mark: None,
                };
                (format!("roof of {machine}"), key)
            })
            .collect();
        entries.extend(self.0.iter().enumerate().map(|(index, run)| {
            let key = Key::Mark {
                colour: colour(index),
                shape: Shape::of(index),
                is_filled: true,
            };
            (run.label.to_owned(), key)
        }));
        let room = legend(scene, room, &entries);
        let axes = [
            Axis::logarithmic("FLOPs per byte of SRAM traffic", left, right),
            Axis::logarithmic("FLOPs per second", bottom, top),
        ];
        let panel = Panel::drawn(scene, room, "", axes, Sides::default());
        for ((peak, rate), _) in roofs {
            let line = match rate {
                Some(rate) => vec![
                    (left, (rate * left).min(peak)),
                    ((peak / rate).clamp(left, right), (rate * right).min(peak)),
                    (right, (rate * right).min(peak)),
                ],
                None => vec![(left, peak), (right, peak)],
            };
            scene.line(
                line.into_iter().map(|at| panel.place(at)).collect(),
                BLACK.to_rgba(),
                1.8,
            );
        }
        for (index, points) in all.iter().enumerate() {
            for point in points {
                scene.mark(Mark {
                    at: panel.place(*point),
                    shape: Shape::of(index),
                    radius: 3.2,
                    colour: colour(index),
                    is_filled: true,
                });
            }
        }
    }
}
