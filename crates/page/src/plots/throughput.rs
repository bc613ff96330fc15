//! Images per second against FLOPs per image: what the definition of a network promises, and what the machine makes of it.

use plotters::style::Color;

use super::{
    axis::Axis,
    canvas::{Drawing, FAINT, colour},
    legend::{Key, legend},
    panel::{Panel, Sides},
    run::PlotRun,
    scene::{Area, Mark, Scene, Shape},
};

pub(super) struct Throughput<'a>(pub(super) &'a [PlotRun<'a>]);

impl Drawing for Throughput<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
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
        let (left, right) = (least(|point| point.0) / 1.6, most(|point| point.0) * 1.6);
        let (bottom, top) = (least(|point| point.1) / 1.6, most(|point| point.1) * 1.6);
        let key = Key::Line {
            colour: FAINT.to_rgba(),
            width: 1.0,
            mark: None,
        };
        let mut entries = vec![("as the FLOPs promise from the first".to_owned(), key)];
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
            Axis::logarithmic("FLOPs of an image", left, right),
            Axis::logarithmic("images per second", bottom, top),
        ];
        let panel = Panel::drawn(scene, room, "", axes, Sides::default());
        if let Some(&(flops, speed)) = points.first() {
            let promised = |x: f64| panel.place((x, speed * flops / x));
            // Only where the line stays on the chart.
            let (from, to) = (left.max(speed * flops / top), right.min(speed * flops / bottom));
            scene.line(vec![promised(from), promised(to)], FAINT.to_rgba(), 1.0);
        }
        for (index, point) in points.iter().enumerate() {
            scene.mark(Mark {
                at: panel.place(*point),
                shape: Shape::of(index),
                radius: 5.0,
                colour: colour(index),
                is_filled: true,
            });
        }
    }
}
