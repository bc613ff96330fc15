//! Pareto fronts side by side, over one axis from bottom to top.

use plotters::style::Color;
use tilesim_study::{FrontPanel, NamedPoint};

use crate::plots::{
    axis::Axis,
    canvas::{Drawing, FAINT, colour},
    labels::name_marks,
    legend::{Key, legend},
    panel::{Panel, Sides},
    scene::{Area, Mark, Scene, Shape},
};
use crate::quantity::Quantity;

pub(super) struct Fronts<'a>(pub(super) &'a [FrontPanel]);

/// Most points whose names are written beside them.
const MOST_NAMED: usize = 60;
/// Least height of a panel in parts of its width, below which panels stand one below the other.
const FLATTEST: f64 = 1.6;

impl Drawing for Fronts<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let names = self.names();
        let mut entries = vec![(
            "front".to_owned(),
            Key::Line {
                colour: FAINT.mix(0.35),
                width: 7.0,
                mark: None,
            },
        )];
        entries.extend(names.iter().enumerate().map(|(index, name)| {
            let key = Key::Mark {
                colour: colour(index),
                shape: Shape::of(index),
                is_filled: true,
            };
            ((*name).to_owned(), key)
        }));
        let room = legend(scene, room, &entries);
        let heights = || self.points().map(|point| point.at.1);
        let many = self.0.len().max(1) as f64;
        let are_beside = room.height() * FLATTEST > room.width() / many || self.0.len() < 2;
        for (index, panel) in self.0.iter().enumerate() {
            let part = |from: f64, to: f64| {
                let share = |at: f64| from + (to - from) * at / many;
                (share(index as f64), share(index as f64 + 1.0))
            };
            let of_panel = if are_beside {
                let (left, right) = part(room.left, room.right);
                Area { left, right, ..room }
            } else {
                let (top, bottom) = part(room.top, room.bottom);
                Area { top, bottom, ..room }
            };
            let [x, y] = &panel.objectives;
            let of_panel_points = panel.series.iter().flat_map(|(_, points)| points);
            let axes = [
                Axis::of(&Quantity::of(x), of_panel_points.map(|point| point.at.0)),
                Axis::of(&Quantity::of(y), heights()),
            ];
            let sides = Sides {
                is_shared: are_beside && index > 0,
                ..Sides::default()
            };
            let title = if self.0.len() > 1 {
                panel.title.as_str()
            } else {
                ""
            };
            let frame = Panel::drawn(scene, of_panel, title, axes, sides);
            draw(scene, &frame, panel, &names);
        }
    }
}

impl Fronts<'_> {
    fn points(&self) -> impl Iterator<Item = &NamedPoint> {
        self.0
            .iter()
            .flat_map(|panel| panel.series.iter().flat_map(|(_, points)| points))
    }

    /// Names of series over all panels.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.0.iter().flat_map(|panel| &panel.series) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

fn draw(scene: &mut Scene, frame: &Panel, panel: &FrontPanel, names: &[&str]) {
    let through = panel.front.iter().map(|at| frame.place(*at));
    scene.line(through.collect(), FAINT.mix(0.35), 7.0);
    let mut marks: Vec<Mark> = Vec::new();
    let mut named: Vec<(usize, String)> = Vec::new();
    for (name, points) in &panel.series {
        let index = names.iter().position(|known| known == name).unwrap_or(0);
        let joined = points.iter().filter(|point| point.joined);
        if names.len() > 1 {
            scene.line(
                joined.map(|point| frame.place(point.at)).collect(),
                colour(index).to_rgba(),
                1.2,
            );
        }
        for point in points {
            if point.joined {
                named.push((marks.len(), point.name.clone()));
            }
            marks.push(Mark {
                at: frame.place(point.at),
                shape: Shape::of(index),
                radius: if point.joined { 3.4 } else { 2.6 },
                colour: colour(index),
                is_filled: point.joined,
            });
        }
    }
    for mark in &marks {
        scene.mark(*mark);
    }
    if named.len() <= MOST_NAMED {
        name_marks(scene, frame.area, &marks, &named);
    }
}
