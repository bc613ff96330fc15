//! What plots have in common: two logarithmic axes, and a legend.

use plotters::{
    chart::{ChartBuilder, ChartContext, SeriesLabelPosition},
    coord::{
        CoordTranslate, Shift,
        combinators::{IntoLogRange, LogCoord},
    },
    drawing::DrawingArea,
    prelude::{Cartesian2d, DrawingBackend},
    style::{BLACK, Color, WHITE},
};

use super::{
    PlotError,
    canvas::{prefixed, text},
};

/// An axis with a logarithmic scale.
pub(super) struct LogAxis {
    /// What it shows.
    pub(super) name: &'static str,
    /// From which figure to which.
    pub(super) ends: (f64, f64),
    /// About how many figures stand on it.
    pub(super) marks: usize,
}

/// A chart on two such axes.
pub(super) type LogChart<'a, B> = ChartContext<'a, B, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>;

/// The empty chart: across, then up.
pub(super) fn frame<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    scale: u32,
    [x, y]: [LogAxis; 2],
) -> Result<LogChart<'_, B>, PlotError> {
    let mut chart = ChartBuilder::on(canvas)
        .margin(12 * scale)
        .x_label_area_size(46 * scale)
        .y_label_area_size(70 * scale)
        .build_cartesian_2d((x.ends.0..x.ends.1).log_scale(), (y.ends.0..y.ends.1).log_scale())?;
    chart
        .configure_mesh()
        .x_labels(x.marks)
        .y_labels(y.marks)
        .x_desc(x.name)
        .y_desc(y.name)
        .x_label_formatter(&|value| prefixed(*value))
        .y_label_formatter(&|value| prefixed(*value))
        .label_style(text(12, scale))
        .axis_desc_style(text(13, scale))
        .light_line_style(WHITE)
        .draw()?;
    Ok(chart)
}

/// The names of what is drawn, beside their marks.
pub(super) fn legend<'a, B: DrawingBackend + 'a, C: CoordTranslate>(
    chart: &mut ChartContext<'a, B, C>,
    scale: u32,
    position: SeriesLabelPosition,
) -> Result<(), PlotError> {
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .label_font(text(12, scale))
        .draw()?;
    Ok(())
}
