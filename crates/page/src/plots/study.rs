//! Pictures of studies.

use plotters::{
    chart::{ChartBuilder, ChartContext, SeriesLabelPosition},
    coord::{
        Shift,
        combinators::IntoLogRange,
        ranged1d::{Ranged, ValueFormatter},
    },
    drawing::DrawingArea,
    element::{Circle, PathElement, Rectangle, Text},
    prelude::{Cartesian2d, DrawingBackend},
    series::LineSeries,
    style::{
        BLACK, Color, RGBColor, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};
use tilesim_report::render::units::significant;
use tilesim_study::{FrontPanel, NamedPoint, Parallel, Picture};

use super::{
    canvas::{Drawing, FAINT, colour, drawn, prefixed, text},
    frame::legend,
};
use crate::{PlotError, PlotFormat};

/// Figures that differ by more than this factor are drawn on a logarithmic axis.
const LOGARITHMIC_FROM: f64 = 8.0;

/// The file of a picture.
///
/// # Errors
/// When it cannot be drawn or encoded.
pub fn picture(picture: &Picture, format: PlotFormat) -> Result<Vec<u8>, PlotError> {
    drawn(format, &StudyPicture(picture))
}

struct StudyPicture<'a>(&'a Picture);

impl Drawing for StudyPicture<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError> {
        match self.0 {
            Picture::Lines {
                x,
                y,
                places,
                lines,
                measured,
                ..
            } => draw_lines(canvas, scale, [x, y], places, [lines, measured]),
            Picture::HeatMap {
                x,
                value,
                columns,
                rows,
                ..
            } => draw_heat_map(canvas, scale, [x, value], columns, rows),
            Picture::Parallel { parallel, .. } => draw_parallel(canvas, scale, parallel),
            Picture::Fronts { panels, .. } => {
                let places = canvas.split_evenly((1, panels.len().max(1)));
                places
                    .iter()
                    .zip(panels)
                    .try_for_each(|(place, panel)| draw_front(place, scale, panel))
            }
        }
    }
}

/// `time.images_per_second` as people write it.
fn spoken(path: &str) -> String {
    path.rsplit('.').next().unwrap_or(path).replace('_', " ")
}

/// Least and most of some figures; infinite where there are none.
fn ends(figures: impl Iterator<Item = f64>) -> (f64, f64) {
    figures.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), figure| {
        (least.min(figure), most.max(figure))
    })
}

/// Least and most of some figures, with some room.
fn room(figures: impl Iterator<Item = f64>, logarithmic: bool) -> (f64, f64) {
    let (least, most) = ends(figures);
    if !least.is_finite() || !most.is_finite() {
        return (0.0, 1.0);
    }
    if logarithmic {
        let margin = (most / least).powf(0.08).max(1.05);
        return (least / margin, most * margin);
    }
    let margin = if most > least {
        0.08 * (most - least)
    } else {
        most.abs().max(1.0) * 0.1
    };
    (least - margin, most + margin)
}

fn is_wide(figures: impl Iterator<Item = f64>) -> bool {
    let (least, most) = ends(figures);
    least > 0.0 && most / least > LOGARITHMIC_FROM
}

fn draw_lines<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    scale: u32,
    [x, y]: [&str; 2],
    places: &[String],
    lines: [&[Line]; 2],
) -> Result<(), PlotError> {
    let figures = lines
        .into_iter()
        .flatten()
        .flat_map(|(_, figures)| figures.iter().copied().flatten());
    let logarithmic = is_wide(figures.clone());
    let (bottom, top) = room(figures, logarithmic);
    let mut builder = ChartBuilder::on(canvas);
    builder
        .margin(12 * scale)
        .x_label_area_size(46 * scale)
        .y_label_area_size(70 * scale);
    let across = -0.5..places.len() as f64 - 0.5;
    if logarithmic {
        let mut chart = builder.build_cartesian_2d(across, (bottom..top).log_scale())?;
        lines_on(&mut chart, scale, [x, y], lines)?;
        places_below(canvas, &chart, scale, places, bottom)
    } else {
        let mut chart = builder.build_cartesian_2d(across, bottom..top)?;
        lines_on(&mut chart, scale, [x, y], lines)?;
        places_below(canvas, &chart, scale, places, bottom)
    }
}

/// A line: its name, and its figure at each place.
type Line = (String, Vec<Option<f64>>);

type Chart<'a, B, X, Y> = ChartContext<'a, B, Cartesian2d<X, Y>>;

/// Lines with filled marks; of what was measured hollow marks alone, in the colours of the lines in their order.
fn lines_on<'a, B, X, Y>(
    chart: &mut Chart<'a, B, X, Y>,
    scale: u32,
    [x, y]: [&str; 2],
    [lines, measured]: [&[Line]; 2],
) -> Result<(), PlotError>
where
    B: DrawingBackend + 'a,
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .x_desc(spoken(x))
        .y_desc(spoken(y))
        .y_label_formatter(&|value| prefixed(*value))
        .label_style(text(12, scale))
        .axis_desc_style(text(13, scale))
        .light_line_style(WHITE)
        .draw()?;
    for (index, (name, figures)) in lines.iter().enumerate() {
        let stroke = colour(index);
        let points: Vec<(f64, f64)> = figures
            .iter()
            .enumerate()
            .filter_map(|(place, figure)| Some((place as f64, (*figure)?)))
            .collect();
        chart.draw_series(
            points
                .iter()
                .map(|point| Circle::new(*point, 4 * scale, stroke.filled())),
        )?;
        let series = chart.draw_series(LineSeries::new(points, stroke.stroke_width(2 * scale)))?;
        if !name.is_empty() {
            series.label(name).legend(move |(x, y)| {
                PathElement::new(
                    [(x, y), (x + 12 * scale.cast_signed(), y)],
                    stroke.stroke_width(2 * scale),
                )
            });
        }
    }
    for (index, (name, figures)) in measured.iter().enumerate() {
        let stroke = colour(index).stroke_width(2 * scale);
        let points = figures
            .iter()
            .enumerate()
            .filter_map(|(place, figure)| Some((place as f64, (*figure)?)));
        chart
            .draw_series(points.map(|point| Circle::new(point, 7 * scale, stroke)))?
            .label(name)
            .legend(move |(x, y)| Circle::new((x + 6 * scale.cast_signed(), y), 5 * scale, stroke));
    }
    if lines.iter().chain(measured).any(|(name, _)| !name.is_empty()) {
        // Figures that were measured mostly rise to the right.
        let position = if measured.is_empty() {
            SeriesLabelPosition::UpperRight
        } else {
            SeriesLabelPosition::UpperLeft
        };
        legend(chart, scale, position)?;
    }
    Ok(())
}

/// Names of places under an axis of whole numbers.
fn places_below<B, X, Y>(
    canvas: &DrawingArea<B, Shift>,
    chart: &Chart<'_, B, X, Y>,
    scale: u32,
    places: &[String],
    bottom: f64,
) -> Result<(), PlotError>
where
    B: DrawingBackend,
    X: Ranged<ValueType = f64>,
    Y: Ranged<ValueType = f64>,
{
    let style = text(12, scale).pos(Pos::new(HPos::Center, VPos::Top));
    let (left, top) = canvas.get_base_pixel();
    for (place, name) in places.iter().enumerate() {
        let (x, y) = chart.plotting_area().map_coordinate(&(place as f64, bottom));
        let at = (x - left, y - top + 6 * scale.cast_signed());
        canvas.draw(&Text::new(name.as_str(), at, style.clone()))?;
    }
    Ok(())
}

fn draw_heat_map<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    scale: u32,
    [x, value]: [&str; 2],
    columns: &[String],
    rows: &[(String, Vec<Option<f64>>)],
) -> Result<(), PlotError> {
    let figures = rows
        .iter()
        .flat_map(|(_, figures)| figures.iter().copied().flatten());
    let (least, most) = ends(figures);
    let share = |figure: f64| {
        if most > least {
            (figure - least) / (most - least)
        } else {
            0.5
        }
    };
    let (across, down) = (columns.len().max(1) as f64, rows.len().max(1) as f64);
    let mut chart = ChartBuilder::on(canvas)
        .margin(12 * scale)
        .caption(spoken(value), text(14, scale))
        .x_label_area_size(46 * scale)
        .y_label_area_size(150 * scale)
        .build_cartesian_2d(-0.5..across - 0.5, down - 0.5..-0.5)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(0)
        .y_labels(0)
        .x_desc(spoken(x))
        .axis_desc_style(text(13, scale))
        .draw()?;
    let inside = text(11, scale).pos(Pos::new(HPos::Center, VPos::Center));
    for (row, (_, figures)) in rows.iter().enumerate() {
        for (column, figure) in figures.iter().enumerate() {
            let Some(figure) = *figure else {
                continue;
            };
            let (x, y) = (column as f64, row as f64);
            let fill = shade(share(figure));
            let corners = [(x - 0.48, y - 0.48), (x + 0.48, y + 0.48)];
            chart.draw_series([Rectangle::new(corners, fill.filled())])?;
            let ink = if share(figure) > 0.55 { WHITE } else { BLACK };
            chart.draw_series([Text::new(significant(figure), (x, y), inside.color(&ink))])?;
        }
    }
    places_below(canvas, &chart, scale, columns, down - 0.5)?;
    let style = text(12, scale).pos(Pos::new(HPos::Right, VPos::Center));
    let (left, top) = canvas.get_base_pixel();
    for (row, (name, _)) in rows.iter().enumerate() {
        let (x, y) = chart.plotting_area().map_coordinate(&(-0.5, row as f64));
        let at = (x - left - 8 * scale.cast_signed(), y - top);
        canvas.draw(&Text::new(name.as_str(), at, style.clone()))?;
    }
    Ok(())
}

/// From nearly white to dark blue.
fn shade(share: f64) -> RGBColor {
    const LIGHT: [f64; 3] = [240.0, 246.0, 250.0];
    const DARK: [f64; 3] = [0.0, 84.0, 140.0];
    let mixed = |index: usize| (LIGHT[index] + share * (DARK[index] - LIGHT[index])).round() as u8;
    RGBColor(mixed(0), mixed(1), mixed(2))
}

/// Most marks of an axis that are written without being on top of each other.
const MOST_MARKS: usize = 24;

/// Lines take their colour from their height on the last axis.
fn draw_parallel<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    scale: u32,
    parallel: &Parallel,
) -> Result<(), PlotError> {
    let last = (parallel.axes.len() - 1) as f64;
    let mut chart = ChartBuilder::on(canvas)
        .margin(24 * scale)
        .build_cartesian_2d(-0.1..last + 0.6, -0.08..1.04)?;
    let opacity = (60.0 / parallel.lines.len().max(1) as f64).clamp(0.08, 0.8);
    for heights in &parallel.lines {
        let at_last = heights.last().copied().flatten();
        let stroke = shade(0.35 + 0.65 * at_last.unwrap_or(0.0)).mix(opacity);
        let points = heights
            .iter()
            .enumerate()
            .filter_map(|(axis, height)| Some((axis as f64, (*height)?)));
        chart.draw_series(LineSeries::new(points, stroke.stroke_width(scale)))?;
    }
    let beside = text(9, scale).pos(Pos::new(HPos::Left, VPos::Center));
    let below = text(9, scale).pos(Pos::new(HPos::Center, VPos::Top));
    for (index, axis) in parallel.axes.iter().enumerate() {
        let x = index as f64;
        chart.draw_series([PathElement::new([(x, 0.0), (x, 1.0)], BLACK.stroke_width(scale))])?;
        let stride = axis.marks.len().div_ceil(MOST_MARKS).max(1);
        for (name, height) in axis.marks.iter().step_by(stride) {
            chart.draw_series([Text::new(format!(" {name}"), (x, *height), beside.clone())])?;
        }
        // Long names of neighbours stand on two levels.
        let level = if index % 2 == 0 { -0.02 } else { -0.05 };
        chart.draw_series([Text::new(spoken(&axis.name), (x, level), below.clone())])?;
    }
    Ok(())
}

fn draw_front<B: DrawingBackend>(
    canvas: &DrawingArea<B, Shift>,
    scale: u32,
    FrontPanel {
        objectives,
        series,
        front,
        ..
    }: &FrontPanel,
) -> Result<(), PlotError> {
    let points = series.iter().flat_map(|(_, points)| points);
    let (xs, ys) = (
        points.clone().map(|point| point.at.0),
        points.map(|point| point.at.1),
    );
    let logarithmic = is_wide(xs.clone());
    let ((left, right), (bottom, top)) = (room(xs, logarithmic), room(ys, false));
    let mut builder = ChartBuilder::on(canvas);
    builder
        .margin(12 * scale)
        .x_label_area_size(46 * scale)
        .y_label_area_size(70 * scale);
    if logarithmic {
        let mut chart = builder.build_cartesian_2d((left..right).log_scale(), bottom..top)?;
        front_on(&mut chart, scale, objectives, series, front)
    } else {
        let mut chart = builder.build_cartesian_2d(left..right, bottom..top)?;
        front_on(&mut chart, scale, objectives, series, front)
    }
}

fn front_on<'a, B, X, Y>(
    chart: &mut Chart<'a, B, X, Y>,
    scale: u32,
    objectives: &[String; 2],
    series: &[(String, Vec<NamedPoint>)],
    front: &[(f64, f64)],
) -> Result<(), PlotError>
where
    B: DrawingBackend + 'a,
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .x_labels(6)
        .x_desc(spoken(&objectives[0]))
        .y_desc(spoken(&objectives[1]))
        .x_label_formatter(&|value| prefixed(*value))
        .y_label_formatter(&|value| prefixed(*value))
        .label_style(text(12, scale))
        .axis_desc_style(text(13, scale))
        .light_line_style(WHITE)
        .draw()?;
    chart
        .draw_series(LineSeries::new(
            front.iter().copied(),
            FAINT.mix(0.4).stroke_width(8 * scale),
        ))?
        .label("front")
        .legend(move |(x, y)| {
            PathElement::new(
                [(x, y), (x + 12 * scale.cast_signed(), y)],
                FAINT.mix(0.4).stroke_width(8 * scale),
            )
        });
    let style = text(10, scale).pos(Pos::new(HPos::Left, VPos::Bottom));
    for (index, (name, points)) in series.iter().enumerate() {
        let stroke = colour(index);
        let at = points.iter().map(|point| point.at);
        let joined = points.iter().filter(|point| point.joined).map(|point| point.at);
        chart.draw_series(LineSeries::new(joined, stroke.stroke_width(scale)))?;
        chart
            .draw_series(at.map(|at| Circle::new(at, 4 * scale, stroke.filled())))?
            .label(if name.is_empty() { "points" } else { name })
            .legend(move |(x, y)| Circle::new((x + 6 * scale.cast_signed(), y), 4 * scale, stroke.filled()));
        chart.draw_series(
            points
                .iter()
                .map(|point| Text::new(format!(" {}", point.name), point.at, style.clone())),
        )?;
    }
    legend(chart, scale, SeriesLabelPosition::UpperRight)
}
