//! A figure over the values of a setting: lines of what is simulated, hollow marks of what was measured.

use plotters::style::Color;

use super::{figure, place};
use crate::plots::{
    axis::Axis,
    canvas::{Drawing, colour},
    legend::{Key, legend},
    panel::{Panel, Sides},
    scene::{Area, Mark, Scene, Shape},
};
use crate::quantity::Quantity;

/// A line: its name, and its figure at each place.
type Line = (String, Vec<Option<f64>>);

pub(super) struct Lines<'a> {
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    pub(super) places: &'a [String],
    pub(super) simulated: &'a [Line],
    pub(super) measured: &'a [Line],
}

impl Drawing for Lines<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let line = |(index, (name, _)): (usize, &Line)| {
            let key = Key::Line {
                colour: colour(index).to_rgba(),
                width: 1.6,
                mark: Some(Shape::of(index)),
            };
            (name.clone(), key)
        };
        let measured = |(index, (name, _)): (usize, &Line)| {
            let key = Key::Mark {
                colour: colour(index),
                shape: Shape::of(index),
                is_filled: false,
            };
            (name.clone(), key)
        };
        let entries: Vec<(String, Key)> = self
            .simulated
            .iter()
            .enumerate()
            .map(line)
            .chain(self.measured.iter().enumerate().map(measured))
            .collect();
        let room = legend(scene, room, &entries);
        let figures = self
            .simulated
            .iter()
            .chain(self.measured)
            .flat_map(|(_, figures)| figures.iter().copied().flatten());
        let names = self.places.iter().map(|name| place(self.x, name)).collect();
        let across = Axis::places(Quantity::of(self.x).title(), names);
        let axes = [across, Axis::of(&figure(self.y), figures)];
        let panel = Panel::drawn(scene, room, "", axes, Sides::default());
        for (is_measured, lines) in [(false, self.simulated), (true, self.measured)] {
            for (index, (_, figures)) in lines.iter().enumerate() {
                let places: Vec<_> = figures
                    .iter()
                    .enumerate()
                    .filter_map(|(at, figure)| Some(panel.place((at as f64, (*figure)?))))
                    .collect();
                if !is_measured {
                    scene.line(places.clone(), colour(index).to_rgba(), 1.6);
                }
                for at in places {
                    scene.mark(Mark {
                        at,
                        shape: Shape::of(index),
                        radius: if is_measured { 5.5 } else { 3.5 },
                        colour: colour(index),
                        is_filled: !is_measured,
                    });
                }
            }
        }
    }
}
