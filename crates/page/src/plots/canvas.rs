//! What a plot is drawn on, and in which colours and letters.

use std::{error::Error, sync::OnceLock};

use plotters::{
    backend::{BitMapBackend, SVGBackend},
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    prelude::DrawingBackend,
    style::{FontStyle, IntoFont, RGBColor, TextStyle, WHITE, register_font},
};

use crate::{PlotError, PlotFormat};

/// Width and height: what two columns of a paper hold, in points or pixels.
const SIZE: (u32, u32) = (900, 500);
/// Pixels of a PNG for each point, so that it prints sharply.
const PNG_SCALE: u32 = 2;
/// The letters, which plots bring with them: the same file on every machine.
const FONT: &str = "sans-serif";

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

impl<E: Error + Send + Sync> From<DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Draw(error.to_string())
    }
}

/// Something that can be drawn on any canvas; `scale` is the pixels of a point.
pub(super) trait Drawing {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError>;
}

/// The file of a drawing.
pub(super) fn drawn(format: PlotFormat, drawing: &impl Drawing) -> Result<Vec<u8>, PlotError> {
    letters()?;
    match format {
        PlotFormat::Svg => {
            let mut text = String::new();
            {
                let canvas = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
                canvas.fill(&WHITE)?;
                drawing.draw(&canvas, 1)?;
                canvas.present()?;
            }
            Ok(text.into_bytes())
        }
        PlotFormat::Png => {
            let size = (SIZE.0 * PNG_SCALE, SIZE.1 * PNG_SCALE);
            let mut pixels = vec![0; (size.0 * size.1 * 3) as usize];
            {
                let canvas = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
                canvas.fill(&WHITE)?;
                drawing.draw(&canvas, PNG_SCALE)?;
                canvas.present()?;
            }
            encoded(&pixels, size)
        }
    }
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
fn letters() -> Result<(), PlotError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered =
        *REGISTERED.get_or_init(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if registered { Ok(()) } else { Err(PlotError::Font) }
}

/// Letters of so many points.
pub(super) fn text(points: u32, scale: u32) -> TextStyle<'static> {
    (FONT, points * scale).into_font().into()
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
