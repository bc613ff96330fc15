//! A figure by two settings.

use plotters::style::{
    BLACK, RGBColor, WHITE,
    text_anchor::{HPos, VPos},
};
use tilesim_report::render::units::significant;
use tilesim_study::spoken_key;

use super::{figure, place};
use crate::plots::{
    axis::{Axis, ends},
    canvas::{Drawing, prefixed},
    panel::{LARGE, Panel, SMALL, Sides},
    scene::{Area, Label, Scene, text_width},
};
use crate::quantity::{Form, Quantity};

pub(super) struct HeatMap<'a> {
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    pub(super) value: &'a str,
    pub(super) columns: &'a [String],
    pub(super) rows: &'a [(String, Vec<Option<f64>>)],
}

/// Sizes of the figures in cells; the first that all cells have room for is taken, and none where none is.
const SIZES: [f64; 4] = [SMALL, 9.5, 8.0, 7.0];

impl Drawing for HeatMap<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let quantity = figure(self.value);
        scene.label(
            Label::new(quantity.title(), (room.left + 4.0, room.top + 1.0), LARGE)
                .across(HPos::Left)
                .up(VPos::Top),
        );
        let room = Area {
            top: room.top + LARGE + 6.0,
            ..room
        };
        let columns = self.columns.iter().map(|name| place(self.x, name)).collect();
        // The first row is on top, as in a table.
        let rows = self
            .rows
            .iter()
            .rev()
            .map(|(name, _)| self.row_name(name))
            .collect();
        let axes = [
            Axis::places(Quantity::of(self.x).title(), columns),
            Axis::places(Quantity::of(self.y).title(), rows),
        ];
        let sides = Sides {
            is_bare: true,
            ..Sides::default()
        };
        let panel = Panel::drawn(scene, room, "", axes, sides);
        let figures = || {
            self.rows
                .iter()
                .flat_map(|(_, row)| row.iter().copied().flatten())
        };
        let (least, most) = ends(figures());
        let share = |figure: f64| {
            if most > least {
                (figure - least) / (most - least)
            } else {
                0.5
            }
        };
        let written = |figure: f64| match quantity.form {
            Form::Bytes => significant(figure / 1024.0),
            Form::Share => significant(100.0 * figure),
            Form::Count if figure.abs() >= 1000.0 => short(figure),
            Form::Count | Form::Seconds | Form::Percent => significant(figure),
        };
        let width = panel.area.width() / self.columns.len().max(1) as f64;
        let widest = figures()
            .map(|figure| text_width(&written(figure), 1.0))
            .fold(0.0, f64::max);
        let height = panel.area.height() / self.rows.len().max(1) as f64;
        let size = SIZES
            .into_iter()
            .find(|size| widest * size + 6.0 < width && *size + 4.0 < height);
        for (row, (_, figures)) in self.rows.iter().rev().enumerate() {
            for (column, figure) in figures.iter().enumerate() {
                let Some(figure) = *figure else {
                    continue;
                };
                let (x, y) = (column as f64, row as f64);
                let (left, bottom) = panel.place((x - 0.48, y - 0.48));
                let (right, top) = panel.place((x + 0.48, y + 0.48));
                let cell = Area {
                    left,
                    top,
                    right,
                    bottom,
                };
                scene.bar(cell, shade(share(figure)));
                if let Some(size) = size {
                    let ink = if share(figure) > 0.55 { WHITE } else { BLACK };
                    scene.label(Label::new(written(figure), panel.place((x, y)), size).coloured(ink));
                }
            }
        }
    }
}

impl HeatMap<'_> {
    /// What a row is called where the title of the axis names the key.
    fn row_name(&self, name: &str) -> String {
        let key = spoken_key(self.y);
        let value = name.strip_prefix(&key).map_or(name, str::trim_start);
        place(self.y, value)
    }
}

/// Three digits with the prefix of thousands.
fn short(figure: f64) -> String {
    let digits = 10_f64.powi(figure.abs().log10().floor() as i32 - 2);
    prefixed((figure / digits).round() * digits)
}

/// From nearly white to dark blue.
pub(super) fn shade(share: f64) -> RGBColor {
    const LIGHT: [f64; 3] = [236.0, 243.0, 249.0];
    const DARK: [f64; 3] = [0.0, 84.0, 140.0];
    let mixed = |index: usize| (LIGHT[index] + share * (DARK[index] - LIGHT[index])).round() as u8;
    RGBColor(mixed(0), mixed(1), mixed(2))
}
