//! Names beside marks, moved until none lies on another, on a mark or beyond the panel.

use super::{
    canvas::FAINT,
    panel::SMALL,
    scene::{Area, Label, Mark, Place, Scene},
};
use plotters::style::{
    Color,
    text_anchor::{HPos, VPos},
};

/// How far from its mark a name may be; beyond the first a thin line leads to it.
const DISTANCES: [f64; 6] = [3.0, 10.0, 18.0, 28.0, 40.0, 54.0];

/// Directions around a mark, in the order in which they are tried.
const DIRECTIONS: [(f64, f64, HPos, VPos); 8] = [
    (0.7, -0.7, HPos::Left, VPos::Bottom),
    (-0.7, -0.7, HPos::Right, VPos::Bottom),
    (0.7, 0.7, HPos::Left, VPos::Top),
    (-0.7, 0.7, HPos::Right, VPos::Top),
    (0.0, -1.0, HPos::Center, VPos::Bottom),
    (0.0, 1.0, HPos::Center, VPos::Top),
    (1.0, 0.0, HPos::Left, VPos::Center),
    (-1.0, 0.0, HPos::Right, VPos::Center),
];

/// Draws the names of marks within an area, around all marks that there are. A name for which there is no place is left out: what it
/// names is drawn all the same.
pub(super) fn name_marks(scene: &mut Scene, area: Area, marks: &[Mark], names: &[(usize, String)]) {
    let mut taken: Vec<Area> = marks.iter().map(Mark::area).collect();
    for (index, name) in names {
        let mark = &marks[*index];
        let places = DISTANCES
            .into_iter()
            .flat_map(|distance| DIRECTIONS.into_iter().map(move |direction| (distance, direction)));
        let found = places
            .map(|(distance, (right, down, across, up))| {
                let reach = mark.radius + distance;
                let at: Place = (mark.at.0 + right * reach, mark.at.1 + down * reach);
                (distance, Label::new(name, at, SMALL - 1.0).across(across).up(up))
            })
            .find(|(_, label)| {
                let room = label.area();
                area.holds(&room) && taken.iter().all(|other| !other.meets(&room))
            });
        let Some((distance, label)) = found else {
            continue;
        };
        taken.push(label.area());
        if distance > DISTANCES[1] {
            scene.line(vec![mark.at, label.at], FAINT.to_rgba(), 0.6);
        }
        scene.label(label);
    }
}
