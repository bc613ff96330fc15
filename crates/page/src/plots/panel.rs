//! The rectangle between two axes: its grid, the figures beside it, its titles.

use plotters::style::{
    Color,
    text_anchor::{HPos, VPos},
};

use super::{
    axis::{Axis, Scale, Tick},
    canvas::{FAINT, GRID},
    scene::{Area, Label, Place, Scene, text_width, wrapped},
};

/// Sizes of letters: of figures, of titles.
pub(super) const SMALL: f64 = 11.0;
pub(super) const LARGE: f64 = 12.0;
/// Size of names that would take more than `LONG` of the width.
const SMALLEST: f64 = 9.0;
const LONG: f64 = 0.4;
/// From one line of a title to the next.
const TITLE_LINE: f64 = LARGE + 3.0;
/// From one line of a name to the next.
const LINE: f64 = SMALL + 2.0;
/// Room between an axis and its figures.
const GAP: f64 = 5.0;

/// A panel that is laid out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    /// Where data are drawn.
    pub(super) area: Area,
    across: Axis,
    up: Axis,
}

/// What stands beside a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sides {
    /// The vertical axis is that of the panel to the left: its figures are not written again.
    pub(super) is_shared: bool,
    /// Heat maps have no grid.
    pub(super) is_bare: bool,
}

impl Panel {
    /// Draws the frame of a panel in the room that there is.
    pub(super) fn drawn(
        scene: &mut Scene,
        room: Area,
        title: &str,
        [across, up]: [Axis; 2],
        sides: Sides,
    ) -> Self {
        let titles = if title.is_empty() {
            Vec::new()
        } else {
            wrapped(title, LARGE, room.width() - 20.0)
        };
        let top = room.top + 4.0 + titles.len() as f64 * TITLE_LINE;
        // A title that is longer than its axis stands above it.
        let is_above = !up.title.is_empty()
            && !sides.is_shared
            && text_width(&up.title, LARGE) > room.bottom - top - 3.5 * LARGE;
        let above = top;
        let top = if is_above { top + LARGE + 6.0 } else { top };
        // How wide the figures of one axis are depends on how many there are, and that on the height of the panel, which depends on the other.
        let estimate = room.bottom - top - 3.0 * LARGE;
        let mut figures = SMALL;
        let left = if sides.is_shared {
            room.left + 12.0
        } else {
            let ticks = up.ticks(estimate, SMALL, false);
            let widest = |size: f64| {
                ticks
                    .iter()
                    .map(|tick| text_width(&tick.text, size))
                    .fold(0.0, f64::max)
            };
            // Long names of places leave room for what they name.
            if matches!(up.scale, Scale::Places(_)) && widest(SMALL) > LONG * room.width() {
                figures = SMALLEST;
            }
            let widest = widest(figures);
            room.left
                + widest
                + GAP
                + if up.title.is_empty() || is_above {
                    2.0
                } else {
                    LARGE + 8.0
                }
        };
        // The last figure may stand half beyond the end.
        let right = room.right - 16.0;
        let ticks = across.ticks(right - left, SMALL, true);
        let names = Names::of(&across, &ticks, right - left);
        let below = names.height(&ticks);
        let bottom = room.bottom - below - GAP - if across.title.is_empty() { 4.0 } else { LARGE + 9.0 };
        let area = Area {
            left,
            top,
            right,
            bottom,
        };
        let panel = Self { area, across, up };
        panel.frame(scene, &ticks, names, sides, figures);
        let middle = 0.5 * (left + right);
        for (line, title) in titles.iter().enumerate() {
            let at = (
                0.5 * (room.left + room.right),
                room.top + line as f64 * TITLE_LINE,
            );
            scene.label(Label::new(title, at, LARGE).up(VPos::Top));
        }
        if !panel.across.title.is_empty() {
            scene.label(Label::new(&panel.across.title, (middle, room.bottom - 1.0), LARGE).up(VPos::Bottom));
        }
        if is_above {
            let at = (room.left + 1.0, above);
            scene.label(
                Label::new(&panel.up.title, at, LARGE)
                    .across(HPos::Left)
                    .up(VPos::Top),
            );
        } else if !panel.up.title.is_empty() && !sides.is_shared {
            let at = (room.left + 1.0, 0.5 * (top + bottom));
            scene.label(Label::new(&panel.up.title, at, LARGE).up(VPos::Top).turned());
        }
        panel
    }

    fn frame(&self, scene: &mut Scene, ticks: &[Tick], names: Names, sides: Sides, figures: f64) {
        let area = self.area;
        for tick in ticks {
            let x = area.left + tick.share * area.width();
            if !matches!(self.across.scale, Scale::Places(_)) {
                scene.line(vec![(x, area.top), (x, area.bottom)], GRID, 0.7);
            }
            let at = (x, area.bottom + GAP);
            names.written(scene, &tick.text, at);
        }
        for tick in self.up.ticks(area.height(), SMALL, false) {
            let y = area.bottom - tick.share * area.height();
            if !sides.is_bare && !matches!(self.up.scale, Scale::Places(_)) {
                scene.line(vec![(area.left, y), (area.right, y)], GRID, 0.7);
            }
            if !sides.is_shared {
                scene.label(Label::new(tick.text, (area.left - GAP, y), figures).across(HPos::Right));
            }
        }
        if !sides.is_bare {
            let corner = (area.left, area.bottom);
            scene.line(
                vec![(area.left, area.top), corner, (area.right, area.bottom)],
                FAINT.to_rgba(),
                1.0,
            );
        }
    }

    /// The place of a pair of figures.
    pub(super) fn place(&self, (x, y): (f64, f64)) -> Place {
        (
            self.area.left + self.across.share(x) * self.area.width(),
            self.area.bottom - self.up.share(y) * self.area.height(),
        )
    }
}

/// How the names of places stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// In a line.
    Plain,
    /// A line for each word.
    Words,
    /// Read from below.
    Turned,
}

impl Names {
    /// The first way in which no name meets its neighbour.
    fn of(axis: &Axis, ticks: &[Tick], length: f64) -> Self {
        let widest_word = |text: &str| {
            text.split(' ')
                .map(|word| text_width(word, SMALL))
                .fold(0.0, f64::max)
        };
        if !matches!(axis.scale, Scale::Places(_)) || are_apart(ticks, length, |text| text_width(text, SMALL))
        {
            Self::Plain
        } else if are_apart(ticks, length, widest_word) {
            Self::Words
        } else {
            Self::Turned
        }
    }

    /// The room that they take below the axis.
    fn height(self, ticks: &[Tick]) -> f64 {
        let texts = ticks.iter().map(|tick| tick.text.as_str());
        match self {
            Self::Plain => SMALL,
            Self::Words => texts
                .map(|text| text.split(' ').count() as f64 * LINE)
                .fold(SMALL, f64::max),
            Self::Turned => texts.map(|text| text_width(text, SMALL)).fold(0.0, f64::max),
        }
    }

    fn written(self, scene: &mut Scene, text: &str, (x, y): (f64, f64)) {
        match self {
            Self::Plain => scene.label(Label::new(text, (x, y), SMALL).up(VPos::Top)),
            Self::Words => {
                for (line, word) in text.split(' ').enumerate() {
                    scene.label(Label::new(word, (x, y + line as f64 * LINE), SMALL).up(VPos::Top));
                }
            }
            Self::Turned => scene.label(
                Label::new(text, (x, y), SMALL)
                    .across(HPos::Right)
                    .up(VPos::Center)
                    .turned(),
            ),
        }
    }
}

/// Whether texts of these widths side by side do not meet.
fn are_apart(ticks: &[Tick], length: f64, width: impl Fn(&str) -> f64) -> bool {
    ticks.windows(2).all(|pair| {
        let room = 0.5 * (width(&pair[0].text) + width(&pair[1].text)) + 5.0;
        (pair[1].share - pair[0].share) * length >= room
    })
}
