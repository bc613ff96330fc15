//! From FLOPs to cycles: what each cause adds.

use plotters::style::{
    Color,
    text_anchor::{HPos, VPos},
};
use tilesim_report::render::units::count;
use tilesim_sim::Cause;

use super::{
    axis::Axis,
    canvas::{Drawing, FAINT, colour},
    legend::{Key, legend},
    panel::{Panel, Sides},
    run::PlotRun,
    scene::{Area, Label, Scene, text_width},
};

/// Share of a cause's width that its bars take.
const BARS: f64 = 0.84;
/// Size of the figures above bars.
const SIZE: f64 = 9.0;

pub(super) struct Waterfall<'a>(pub(super) &'a [PlotRun<'a>]);

impl Drawing for Waterfall<'_> {
    fn scene(&self, scene: &mut Scene, room: Area) {
        let runs = self.0;
        let entries: Vec<(String, Key)> = runs
            .iter()
            .enumerate()
            .map(|(index, run)| (run.label.to_owned(), Key::Patch(colour(index))))
            .collect();
        let room = legend(scene, room, &entries);
        let causes: Vec<Cause> = Cause::ALL
            .into_iter()
            .filter(|&cause| runs.iter().any(|run| run.result.cycles_by_cause.get(cause) > 0))
            .collect();
        let most = runs
            .iter()
            .map(|run| run.result.cycles_per_image())
            .fold(1.0, f64::max);
        let names = causes
            .iter()
            .map(|cause| cause.name().replace('_', " "))
            .chain(["total".to_owned()])
            .collect();
        let axes = [
            Axis::places("", names),
            // Figures that are turned need more room above the highest bar.
            Axis::linear(
                "cycles of one image",
                0.0,
                if runs.len() > 1 { 1.2 } else { 1.08 } * most,
            ),
        ];
        let panel = Panel::drawn(scene, room, "", axes, Sides::default());
        let width = BARS / runs.len().max(1) as f64;
        for (index, run) in runs.iter().enumerate() {
            let mut so_far = 0.0;
            let left = |column: usize| column as f64 - BARS / 2.0 + index as f64 * width;
            for (column, &cause) in causes.iter().enumerate() {
                let to = so_far + run.result.per_image(run.result.cycles_by_cause.get(cause));
                draw(
                    scene,
                    &panel,
                    index,
                    [left(column), left(column) + width],
                    [so_far, to],
                    to - so_far,
                );
                if runs.len() == 1 {
                    // From this bar to the next.
                    let ends = [(left(column) + width, to), (left(column + 1), to)];
                    scene.line(ends.map(|end| panel.place(end)).into(), FAINT.to_rgba(), 0.8);
                }
                so_far = to;
            }
            let column = causes.len();
            draw(
                scene,
                &panel,
                index,
                [left(column), left(column) + width],
                [0.0, so_far],
                so_far,
            );
        }
    }
}

/// A bar with its figure above; turned where the bar is narrow, and none where it is narrower than a letter is high.
fn draw(
    scene: &mut Scene,
    panel: &Panel,
    run: usize,
    [from, to]: [f64; 2],
    [low, high]: [f64; 2],
    figure: f64,
) {
    let (left, bottom) = panel.place((from, low));
    let (right, top) = panel.place((to, high));
    // A hair between bars of different runs.
    let bar = Area {
        left: left + 0.4,
        top,
        right: right - 0.4,
        bottom,
    };
    scene.bar(bar, colour(run));
    let text = count(figure.round());
    let at = (0.5 * (left + right), top - 1.5);
    let is_wide = text_width(&text, SIZE) + 1.0 < right - left;
    if is_wide {
        scene.label(Label::new(text, at, SIZE).up(VPos::Bottom));
    } else if SIZE + 1.0 < right - left {
        // Read from below, the figure begins at the bar.
        scene.label(Label::new(text, at, SIZE).across(HPos::Left).turned());
    }
}
