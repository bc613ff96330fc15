//! From FLOPs to cycles: what each cause adds.

use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    coord::Shift,
    drawing::DrawingArea,
    element::{Rectangle, Text},
    prelude::DrawingBackend,
    style::{
        Color, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};
use tilesim_report::render::units::{count, percent};
use tilesim_sim::Cause;

use super::{
    PlotError,
    canvas::{Drawing, colour, prefixed, text},
    frame::legend,
    run::PlotRun,
};

/// Share of a cause's width that its bars take.
const BARS: f64 = 0.8;

pub(super) struct Waterfall<'a>(pub(super) &'a [PlotRun<'a>]);

impl Drawing for Waterfall<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &DrawingArea<B, Shift>, scale: u32) -> Result<(), PlotError> {
        let runs = self.0;
        let causes: Vec<Cause> = Cause::ALL
            .into_iter()
            .filter(|&cause| runs.iter().any(|run| run.result.cycles_by_cause.get(cause) > 0))
            .collect();
        let most = runs
            .iter()
            .map(|run| run.result.cycles_per_image())
            .fold(1.0, f64::max);
        let columns = causes.len() + 1;
        let mut chart = ChartBuilder::on(canvas)
            .margin(12 * scale)
            .x_label_area_size(34 * scale)
            .y_label_area_size(64 * scale)
            .build_cartesian_2d(0.0..columns as f64, 0.0..1.12 * most)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .y_desc("cycles of one image")
            .y_label_formatter(&|value| prefixed(*value))
            .label_style(text(12, scale))
            .axis_desc_style(text(13, scale))
            .light_line_style(WHITE)
            .draw()?;
        let width = BARS / runs.len().max(1) as f64;
        for (index, run) in runs.iter().enumerate() {
            let mut bars = Vec::new();
            let mut so_far = 0.0;
            let left = |column: usize| column as f64 + (1.0 - BARS) / 2.0 + index as f64 * width;
            for (column, &cause) in causes.iter().enumerate() {
                let cycles = run.result.cycles_by_cause.get(cause);
                let to = so_far + run.result.per_image(cycles);
                let share = cycles as f64 / run.result.time.cycles.max(1) as f64;
                bars.push((left(column), so_far, to, percent(share)));
                so_far = to;
            }
            bars.push((left(causes.len()), 0.0, so_far, count(so_far)));
            let fill = colour(index);
            chart
                .draw_series(
                    bars.iter()
                        .map(|&(x, from, to, _)| Rectangle::new([(x, from), (x + width, to)], fill.filled())),
                )?
                .label(run.label)
                .legend(move |(x, y)| {
                    let half = 5 * scale.cast_signed();
                    Rectangle::new([(x, y - half), (x + 2 * half, y + half)], fill.filled())
                });
            let style = text(9, scale).pos(Pos::new(HPos::Center, VPos::Bottom));
            chart.draw_series(bars.into_iter().map(|(x, _, to, label)| {
                Text::new(label, (x + width / 2.0, to + 0.008 * most), style.clone())
            }))?;
        }
        let style = text(11, scale).pos(Pos::new(HPos::Center, VPos::Top));
        let names = causes
            .iter()
            .map(|cause| cause.name().replace('_', " "))
            .chain(["total".to_owned()]);
        let (area, height) = (chart.plotting_area(), canvas.dim_in_pixel().1.cast_signed());
        for (column, name) in names.enumerate() {
            let (x, _) = area.map_coordinate(&(column as f64 + 0.5, 0.0));
            let (left, top) = canvas.get_base_pixel();
            canvas.draw(&Text::new(
                name,
                (x - left, height - top - 38 * scale.cast_signed()),
                style.clone(),
            ))?;
        }
        legend(&mut chart, scale, SeriesLabelPosition::UpperLeft)
    }
}
