//! How many times better, comparison by comparison: what one figure promises beside what another gives, and what the source says.

use plotters::style::Color;
use tilesim_study::GainFigure;

use crate::plots::{
    axis::{Axis, ends},
    canvas::{Drawing, FAINT, GRID, colour},
    legend::{Key, legend},
    panel::{Panel, Sides},
    scene::{Area, Mark, Scene, Shape},
};
use crate::quantity::Quantity;

pub(super) struct Gains<'a> {
    pub(super) comparisons: &'a [String],
    pub(super) figures: &'a [GainFigure],
}

impl Drawing for Gains<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let mut entries = Vec::new();
        for (index, figure) in self.figures.iter().enumerate() {
            let name = Quantity::of(&figure.metric).name;
            let key = |is_filled| Key::Mark {
                colour: colour(index),
                shape: Shape::of(index),
                is_filled,
            };
            entries.push((name.clone(), key(true)));
            if figure.published.iter().any(Option::is_some) {
                entries.push((format!("{name}, the source"), key(false)));
            }
        }
        let room = legend(scene, room, &entries);
        let all = self
            .figures
            .iter()
            .flat_map(|figure| figure.here.iter().chain(&figure.published));
        let (least, most) = ends(all.copied().flatten().filter(|gain| *gain > 0.0));
        // One, which is neither better nor worse, is always there.
        let across = Axis::logarithmic("times better", least.min(1.0) / 1.12, most.max(1.0) * 1.12);
        // The first comparison is on top, as in a table.
        let names = self.comparisons.iter().rev().cloned().collect();
        let panel = Panel::drawn(
            scene,
            room,
            "",
            [across, Axis::places("", names)],
            Sides::default(),
        );
        let row = |index: usize| (self.comparisons.len() - 1 - index) as f64;
        let area = panel.area;
        for index in 0..self.comparisons.len() {
            let y = panel.place((1.0, row(index))).1;
            scene.line(vec![(area.left, y), (area.right, y)], GRID, 0.7);
        }
        let x = panel.place((1.0, 0.0)).0;
        scene.line(vec![(x, area.top), (x, area.bottom)], FAINT.to_rgba(), 1.2);
        for (series, figure) in self.figures.iter().enumerate() {
            for (gains, is_filled) in [(&figure.here, true), (&figure.published, false)] {
                for (index, gain) in gains.iter().enumerate() {
                    let Some(gain) = gain.filter(|gain| *gain > 0.0) else {
                        continue;
                    };
                    scene.mark(Mark {
                        at: panel.place((gain, row(index))),
                        shape: Shape::of(series),
                        radius: if is_filled { 4.0 } else { 6.0 },
                        colour: colour(series),
                        is_filled,
                    });
                }
            }
        }
    }
}
