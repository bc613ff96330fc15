//! How much of the convolution units' peak a run reaches, over its time: layers sorted, the fastest first.

use plotters::style::Color;

use super::{
    axis::Axis,
    canvas::{Drawing, colour},
    legend::{Key, legend},
    panel::{Panel, Sides},
    run::PlotRun,
    scene::{Area, Scene},
};

pub(super) struct Utilisation<'a>(pub(super) &'a [PlotRun<'a>]);

/// Steps of a run: the share of its cycles that layers take which reach at least so much of the peak, both in percent.
fn steps(run: &PlotRun<'_>) -> Vec<(f64, f64)> {
    let mut layers: Vec<(f64, u64)> = run
        .result
        .layers
        .iter()
        .map(|layer| (100.0 * layer.conv_units, layer.cycles))
        .collect();
    layers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all: u64 = layers.iter().map(|(_, cycles)| cycles).sum();
    let mut so_far = 0;
    let mut steps = Vec::new();
    for (reached, cycles) in layers {
        let share = |cycles: u64| 100.0 * cycles as f64 / all.max(1) as f64;
        steps.push((share(so_far), reached));
        so_far += cycles;
        steps.push((share(so_far), reached));
    }
    steps
}

impl Drawing for Utilisation<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let runs: Vec<Vec<(f64, f64)>> = self.0.iter().map(steps).collect();
        let most = runs
            .iter()
            .flatten()
            .map(|(_, reached)| *reached)
            .fold(1.0, f64::max);
        let key = |(index, run): (usize, &PlotRun<'_>)| {
            let mean = 100.0 * run.result.utilisation.conv_units;
            let key = Key::Line {
                colour: colour(index).to_rgba(),
                width: 2.0,
                mark: None,
            };
            (format!("{}: {mean:.1} % in the mean", run.label), key)
        };
        let entries: Vec<(String, Key)> = self.0.iter().enumerate().map(key).collect();
        let room = legend(scene, room, &entries);
        let axes = [
            Axis::linear("share of the cycles, layers sorted (%)", 0.0, 100.0),
            Axis::linear("share of the units' peak (%)", 0.0, 1.06 * most),
        ];
        let panel = Panel::drawn(scene, room, "", axes, Sides::default());
        for (index, steps) in runs.iter().enumerate() {
            scene.line(
                steps.iter().map(|step| panel.place(*step)).collect(),
                colour(index).to_rgba(),
                2.0,
            );
        }
    }
}
