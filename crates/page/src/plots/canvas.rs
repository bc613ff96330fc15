//! What a plot is drawn on, and in which colours and letters.

use std::{error::Error, sync::OnceLock};

use plotters::{
    backend::{BitMapBackend, SVGBackend},
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    element::{Circle, PathElement, Polygon, Rectangle, Text},
    prelude::DrawingBackend,
    style::{
        Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE, register_font,
        text_anchor::Pos,
    },
};

use super::scene::{Area, Item, Label, Mark, Place, Scene, wrapped};
use crate::{PlotError, PlotFormat, PlotOptions};

/// Pixels of a PNG for each point, so that it prints sharply.
const PNG_SCALE: u32 = 3;
/// Steps of a point in an SVG: what is drawn knows whole steps only.
const SVG_SCALE: u32 = 8;
/// The letters, which plots bring with them: the same file on every machine.
pub(super) const FONT: &str = "sans-serif";
/// Size of the letters of a plot's title.
const TITLE: f64 = 13.0;
/// Room around a plot.
const MARGIN: f64 = 6.0;

/// Okabe and Ito's palette, told apart with every kind of colour vision.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0xD5, 0x5E, 0x00),
];

/// Grey of what is not data.
pub(super) const FAINT: RGBColor = RGBColor(0x57, 0x60, 0x6A);
/// Grey of a grid that can be seen and stays behind.
pub(super) const GRID: RGBColor = RGBColor(0xD8, 0xDC, 0xE1);

impl<E: Error + Send + Sync> From<DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Draw(error.to_string())
    }
}

/// Something that can be laid out in any room.
pub(super) trait Drawing {
    fn scene(&self, scene: &mut Scene, room: Area);
}

/// A drawing laid out with its title.
pub(super) fn laid_out(options: &PlotOptions, drawing: &impl Drawing) -> Scene {
    let (width, height) = options.size.points();
    let mut room = Area {
        left: MARGIN,
        top: MARGIN,
        right: f64::from(width) - MARGIN,
        bottom: f64::from(height) - MARGIN,
    };
    let mut scene = Scene::default();
    if let Some(title) = &options.title {
        for line in wrapped(title, TITLE, room.width()) {
            let at = (0.5 * (room.left + room.right), room.top + 0.5 * TITLE);
            scene.label(Label::new(line, at, TITLE));
            room.top += TITLE + 3.0;
        }
        room.top += 6.0;
    }
    drawing.scene(&mut scene, room);
    scene
}

/// The file of a drawing.
pub(super) fn drawn(options: &PlotOptions, drawing: &impl Drawing) -> Result<Vec<u8>, PlotError> {
    letters()?;
    let scene = laid_out(options, drawing);
    let size = options.size.points();
    let scaled = |scale: u32| (size.0 * scale, size.1 * scale);
    match options.format {
        PlotFormat::Svg => {
            let (width, height) = scaled(SVG_SCALE);
            let mut text = String::new();
            {
                let canvas = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
                canvas.fill(&WHITE)?;
                rendered(&canvas, &scene, SVG_SCALE)?;
                canvas.present()?;
            }
            // As large as it is to be shown; the steps stay in the box of the view.
            let steps = format!("width=\"{width}\" height=\"{height}\"");
            let points = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
            // XML has no control characters, however they are written.
            let text = text.replacen(&steps, &points, 1);
            let text = text.replace(
                |letter: char| letter.is_control() && !letter.is_whitespace(),
                "\u{fffd}",
            );
            Ok(text.into_bytes())
        }
        PlotFormat::Png => {
            let size = scaled(PNG_SCALE);
            let mut pixels = vec![0; (size.0 * size.1 * 3) as usize];
            {
                let canvas = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
                canvas.fill(&WHITE)?;
                rendered(&canvas, &scene, PNG_SCALE)?;
                canvas.present()?;
            }
            encoded(&pixels, size)
        }
    }
}

fn rendered<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    scene: &Scene,
    scale: u32,
) -> Result<(), PlotError> {
    let steps = |of: f64| (of * f64::from(scale)).round() as i32;
    let at = |(x, y): Place| (steps(x), steps(y));
    let stroke = |width: f64| steps(width).max(1).cast_unsigned();
    for item in &scene.items {
        match item {
            Item::Line {
                through,
                colour,
                width,
            } => {
                let places: Vec<(i32, i32)> = through.iter().copied().map(at).collect();
                canvas.draw(&PathElement::new(places, colour.stroke_width(stroke(*width))))?;
            }
            Item::Box { area, colour, .. } => {
                let corners = [at((area.left, area.top)), at((area.right, area.bottom))];
                canvas.draw(&Rectangle::new(corners, colour.filled()))?;
            }
            Item::Mark(mark) => draw_mark(canvas, mark, scale)?,
            Item::Label(label) => {
                let mut font = (FONT, label.size * f64::from(scale)).into_font();
                if label.is_turned {
                    font = font.transform(FontTransform::Rotate270);
                }
                let style = TextStyle::from(font)
                    .color(&label.colour)
                    .pos(Pos::new(label.across, label.up));
                canvas.draw(&Text::new(label.text.as_str(), at(label.at), style))?;
            }
        }
    }
    Ok(())
}

fn draw_mark<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    mark: &Mark,
    scale: u32,
) -> Result<(), PlotError> {
    let steps = |of: f64| (of * f64::from(scale)).round() as i32;
    let style: ShapeStyle = if mark.is_filled {
        mark.colour.filled()
    } else {
        mark.colour.stroke_width((3 * scale).div_ceil(2))
    };
    let corners = mark.shape.corners(mark.radius);
    if corners.is_empty() {
        let at = (steps(mark.at.0), steps(mark.at.1));
        canvas.draw(&Circle::new(at, steps(mark.radius), style))?;
        return Ok(());
    }
    let mut places: Vec<(i32, i32)> = corners
        .iter()
        .map(|(x, y)| (steps(mark.at.0 + x), steps(mark.at.1 + y)))
        .collect();
    if mark.is_filled {
        canvas.draw(&Polygon::new(places, style))?;
    } else {
        places.push(places[0]);
        canvas.draw(&PathElement::new(places, style))?;
    }
    Ok(())
}

fn encoded(pixels: &[u8], size: (u32, u32)) -> Result<Vec<u8>, PlotError> {
    let failed = |error: png::EncodingError| PlotError::Encode(error.to_string());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

/// Makes the letters known, once.
pub(super) fn letters() -> Result<(), PlotError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered =
        *REGISTERED.get_or_init(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if registered { Ok(()) } else { Err(PlotError::Font) }
}

/// The colour of a run.
pub(super) fn colour(run: usize) -> RGBColor {
    COLOURS[run % COLOURS.len()]
}

/// A figure with SI prefixes for the labels of an axis: `40 k`.
pub(super) fn prefixed(value: f64) -> String {
    let (value, prefix) = match value.abs() {
        large if large >= 1e12 => (value / 1e12, " T"),
        large if large >= 1e9 => (value / 1e9, " G"),
        large if large >= 1e6 => (value / 1e6, " M"),
        large if large >= 1e3 => (value / 1e3, " k"),
        _ => (value, ""),
    };
    // No more digits than the figure has.
    let digits = format!("{value:.3}");
    format!("{}{prefix}", digits.trim_end_matches('0').trim_end_matches('.'))
}
