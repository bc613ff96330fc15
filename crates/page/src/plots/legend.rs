//! Legends: above the panels, never on them.

use plotters::style::{RGBAColor, RGBColor, text_anchor::HPos};

use super::{
    panel::SMALL,
    scene::{Area, Label, Mark, Scene, Shape, text_width},
};

/// What stands before a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Key {
    /// A line with a mark on it, or a line alone.
    Line {
        colour: RGBAColor,
        width: f64,
        mark: Option<Shape>,
    },
    /// A mark.
    Mark {
        colour: RGBColor,
        shape: Shape,
        is_filled: bool,
    },
    /// A patch.
    Patch(RGBColor),
}

/// Width of a key with the room behind it.
const KEY: f64 = 24.0;
/// Room between entries.
const BETWEEN: f64 = 14.0;
/// From one line of entries to the next.
const LINE: f64 = 17.0;

/// Draws the entries in as many lines as they take; returns the room below them.
pub(super) fn legend(scene: &mut Scene, room: Area, entries: &[(String, Key)]) -> Area {
    let (mut x, mut y) = (room.left + 4.0, room.top + LINE / 2.0);
    for (name, key) in entries.iter().filter(|(name, _)| !name.is_empty()) {
        let width = KEY + text_width(name, SMALL);
        if x + width > room.right && x > room.left + 4.0 {
            x = room.left + 4.0;
            y += LINE;
        }
        draw(scene, *key, (x, y));
        scene.label(Label::new(name, (x + KEY, y), SMALL).across(HPos::Left));
        x += width + BETWEEN;
    }
    let used = entries.iter().any(|(name, _)| !name.is_empty());
    Area {
        top: if used { y + LINE / 2.0 + 4.0 } else { room.top },
        ..room
    }
}

fn draw(scene: &mut Scene, key: Key, (x, y): (f64, f64)) {
    let middle = (x + 9.0, y);
    match key {
        Key::Line { colour, width, mark } => {
            scene.line(vec![(x, y), (x + 18.0, y)], colour, width);
            if let Some(shape) = mark {
                let RGBAColor(red, green, blue, _) = colour;
                scene.mark(Mark {
                    at: middle,
                    shape,
                    radius: 3.5,
                    colour: RGBColor(red, green, blue),
                    is_filled: true,
                });
            }
        }
        Key::Mark {
            colour,
            shape,
            is_filled,
        } => scene.mark(Mark {
            at: middle,
            shape,
            radius: if is_filled { 4.0 } else { 5.0 },
            colour,
            is_filled,
        }),
        Key::Patch(colour) => scene.bar(
            Area {
                left: x + 3.0,
                top: y - 5.0,
                right: x + 15.0,
                bottom: y + 5.0,
            },
            colour,
        ),
    }
}
