//! What a plot consists of, in points from its upper left corner, before it is a file.

use plotters::style::{
    BLACK, IntoFont, RGBAColor, RGBColor,
    text_anchor::{HPos, VPos},
};

use super::canvas::FONT;

/// A place: to the right, then down.
pub(super) type Place = (f64, f64);

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    /// The square around a place.
    pub(super) fn around((x, y): Place, half: f64) -> Self {
        Self {
            left: x - half,
            top: y - half,
            right: x + half,
            bottom: y + half,
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Whether two overlap by more than a hair.
    pub(super) fn meets(&self, other: &Self) -> bool {
        const HAIR: f64 = 0.5;
        self.right.min(other.right) - self.left.max(other.left) > HAIR
            && self.bottom.min(other.bottom) - self.top.max(other.top) > HAIR
    }

    /// Whether another lies in it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }
}

/// The shape of a mark: series differ in it too, for whoever prints in black.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Diamond,
    Square,
    Triangle,
    Cross,
    Inverted,
}

impl Shape {
    const ALL: [Self; 6] = [
        Self::Circle,
        Self::Diamond,
        Self::Square,
        Self::Triangle,
        Self::Cross,
        Self::Inverted,
    ];

    /// The shape of a series; where colours begin anew, shapes are others.
    pub(super) const fn of(series: usize) -> Self {
        Self::ALL[(series + series / Self::ALL.len()) % Self::ALL.len()]
    }

    /// Its corners around the origin for a radius; none for a circle.
    pub(super) fn corners(self, radius: f64) -> Vec<Place> {
        let (r, third) = (radius, radius * 0.4);
        match self {
            Self::Circle => Vec::new(),
            Self::Diamond => vec![(0.0, -1.2 * r), (1.2 * r, 0.0), (0.0, 1.2 * r), (-1.2 * r, 0.0)],
            Self::Square => {
                let half = 0.9 * r;
                vec![(-half, -half), (half, -half), (half, half), (-half, half)]
            }
            Self::Triangle => vec![(0.0, -1.2 * r), (1.1 * r, 0.8 * r), (-1.1 * r, 0.8 * r)],
            Self::Inverted => vec![(0.0, 1.2 * r), (1.1 * r, -0.8 * r), (-1.1 * r, -0.8 * r)],
            Self::Cross => vec![
                (-third, -1.1 * r),
                (third, -1.1 * r),
                (third, -third),
                (1.1 * r, -third),
                (1.1 * r, third),
                (third, third),
                (third, 1.1 * r),
                (-third, 1.1 * r),
                (-third, third),
                (-1.1 * r, third),
                (-1.1 * r, -third),
                (-third, -third),
            ],
        }
    }
}

/// A mark of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    pub(super) at: Place,
    pub(super) shape: Shape,
    pub(super) radius: f64,
    pub(super) colour: RGBColor,
    pub(super) is_filled: bool,
}

impl Mark {
    pub(super) fn area(&self) -> Area {
        Area::around(self.at, self.radius)
    }
}

/// A text.
#[derive(Clone)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) at: Place,
    pub(super) size: f64,
    /// Which of its ends is at the place.
    pub(super) across: HPos,
    /// Which of its edges is at the place.
    pub(super) up: VPos,
    /// Whether it is read from below.
    pub(super) is_turned: bool,
    pub(super) colour: RGBColor,
}

impl Label {
    /// A text around a place.
    pub(super) fn new(text: impl Into<String>, at: Place, size: f64) -> Self {
        Self {
            text: text.into(),
            at,
            size,
            across: HPos::Center,
            up: VPos::Center,
            is_turned: false,
            colour: BLACK,
        }
    }

    pub(super) fn across(mut self, across: HPos) -> Self {
        self.across = across;
        self
    }

    pub(super) fn up(mut self, up: VPos) -> Self {
        self.up = up;
        self
    }

    pub(super) const fn turned(mut self) -> Self {
        self.is_turned = true;
        self
    }

    pub(super) const fn coloured(mut self, colour: RGBColor) -> Self {
        self.colour = colour;
        self
    }

    /// The room that it takes.
    pub(super) fn area(&self) -> Area {
        let (width, height) = (text_width(&self.text, self.size), self.size);
        let across = match self.across {
            HPos::Left => 0.0,
            HPos::Center => -width / 2.0,
            HPos::Right => -width,
        };
        let up = match self.up {
            VPos::Top => 0.0,
            VPos::Center => -height / 2.0,
            VPos::Bottom => -height,
        };
        let (x, y) = self.at;
        if self.is_turned {
            // A quarter turn to the left: right is up, down is right.
            Area {
                left: x + up,
                right: x + up + height,
                top: y - across - width,
                bottom: y - across,
            }
        } else {
            Area {
                left: x + across,
                right: x + across + width,
                top: y + up,
                bottom: y + up + height,
            }
        }
    }
}

/// How wide a text is.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    // Measured large, because letters are measured in whole pixels.
    const LARGE: f64 = 100.0;
    match (FONT, LARGE).into_font().box_size(text) {
        Ok((width, _)) => f64::from(width) * size / LARGE,
        // Wider than any letter is on average.
        Err(_) => 0.7 * size * text.chars().count() as f64,
    }
}

/// A text in lines of at most this width, where its words allow it.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// One thing that is drawn.
#[derive(Clone)]
pub(super) enum Item {
    /// A line through places.
    Line {
        through: Vec<Place>,
        colour: RGBAColor,
        width: f64,
    },
    /// A filled rectangle; of data texts keep clear, unless they stand in it.
    Box {
        area: Area,
        colour: RGBAColor,
        #[cfg_attr(
            not(test),
            expect(dead_code, reason = "read where it is asked what lies on what")
        )]
        is_data: bool,
    },
    /// A mark.
    Mark(Mark),
    /// A text.
    Label(Label),
}

/// All that is drawn, the first below the others.
#[derive(Clone, Default)]
pub(super) struct Scene {
    pub(super) items: Vec<Item>,
}

impl Scene {
    pub(super) fn line(&mut self, through: Vec<Place>, colour: impl Into<RGBAColor>, width: f64) {
        let colour = colour.into();
        self.items.push(Item::Line {
            through,
            colour,
            width,
        });
    }

    pub(super) fn background(&mut self, area: Area, colour: impl Into<RGBAColor>) {
        let colour = colour.into();
        self.items.push(Item::Box {
            area,
            colour,
            is_data: false,
        });
    }

    pub(super) fn bar(&mut self, area: Area, colour: impl Into<RGBAColor>) {
        let colour = colour.into();
        self.items.push(Item::Box {
            area,
            colour,
            is_data: true,
        });
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        self.items.push(Item::Mark(mark));
    }

    pub(super) fn label(&mut self, label: Label) {
        self.items.push(Item::Label(label));
    }

    /// What lies on what and should not: texts on texts, on marks, or half on a bar; texts beyond the edge. Empty where all is well.
    #[cfg(test)]
    pub(super) fn collisions(&self, size: (f64, f64)) -> Vec<String> {
        let labels: Vec<(&str, Area)> = self
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Label(label) => Some((label.text.as_str(), label.area())),
                _ => None,
            })
            .collect();
        let whole = Area {
            left: 0.0,
            top: 0.0,
            right: size.0,
            bottom: size.1,
        };
        let mut found = Vec::new();
        for (index, (text, area)) in labels.iter().enumerate() {
            if !whole.holds(area) {
                found.push(format!("`{text}` is beyond the edge: {area:?}"));
            }
            for (other, box_of_other) in &labels[index + 1..] {
                if area.meets(box_of_other) {
                    found.push(format!("`{text}` lies on `{other}`"));
                }
            }
            for item in &self.items {
                match item {
                    Item::Mark(mark) if area.meets(&mark.area()) => {
                        found.push(format!("`{text}` lies on a mark at {:?}", mark.at));
                    }
                    Item::Box {
                        area: bar,
                        is_data: true,
                        ..
                    } if area.meets(bar) && !bar.holds(area) => {
                        found.push(format!("`{text}` lies on a bar"));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}
