//! Nothing lies on anything in any picture, at the sizes of one and two columns.

use serde_json::from_str;
use tilesim_study::{FrontPanel, GainFigure, NamedPoint, Parallel, ParallelAxis, Picture};

use super::StudyPicture;
use crate::{
    PlotFormat, PlotOptions, PlotSize,
    plots::canvas::{laid_out, letters},
};

const SIZES: [PlotSize; 3] = [
    PlotSize::OneColumn,
    PlotSize::TwoColumns,
    PlotSize::Points(500, 700),
];

/// Asserts that a picture is clear at every size.
fn is_clear(picture: &Picture) {
    letters().expect("letters");
    for size in SIZES {
        let options = PlotOptions {
            size,
            title: Some("A title".to_owned()),
            ..PlotFormat::Svg.into()
        };
        let (width, height) = size.points();
        let scene = laid_out(&options, &StudyPicture(picture));
        let collisions = scene.collisions((f64::from(width), f64::from(height)));
        assert!(
            collisions.is_empty(),
            "{}, {size:?}: {collisions:#?}",
            picture.name()
        );
    }
}

/// Fronts of six series of six networks, as near to each other as those of the paper.
fn panel(title: &str, objective: &str, slope: f64) -> FrontPanel {
    let series = (0..6).map(|series| {
        let points = (0..6).map(|network| {
            let size = f64::from(network) + 0.04 * f64::from(series);
            NamedPoint {
                point: 0,
                name: format!("B{network}"),
                at: (1e9 * (slope * size).exp(), 76.0 + 1.3 * size),
                joined: true,
            }
        });
        (
            format!("group size {series}, LN+PN, native, fine tuned"),
            points.collect(),
        )
    });
    let series: Vec<(String, Vec<NamedPoint>)> = series.collect();
    FrontPanel {
        title: title.to_owned(),
        objectives: [objective.to_owned(), "label.imagenet_top1_percent".to_owned()],
        front: series[0].1.iter().map(|point| point.at).collect(),
        series,
    }
}

#[test]
fn fronts_are_clear_beside_each_other_and_alone() {
    let theory = panel("Training in theory", "theoretical.flops", 0.6);
    let practice = panel("Training in practice", "time.images_per_second", -0.5);
    for panels in [vec![theory.clone()], vec![theory, practice]] {
        is_clear(&Picture::Fronts {
            name: "fronts".to_owned(),
            panels,
        });
    }
}

#[test]
fn gains_are_clear_with_long_names() {
    let figure = |metric: &str| GainFigure {
        metric: metric.to_owned(),
        here: (1..=8).map(|gain| Some(0.7 * f64::from(gain))).collect(),
        published: vec![None, Some(1.5), None, Some(2.9), None, None, Some(6.87), None],
    };
    is_clear(&Picture::Gains {
        name: "gains".to_owned(),
        comparisons: (1..=8)
            .map(|index| format!("Inference {index}: all three, tested as trained"))
            .collect(),
        figures: vec![figure("theoretical.flops"), figure("time.images_per_second")],
    });
}

#[test]
fn lines_are_clear_with_long_names_and_what_was_measured() {
    let line = |name: &str, factor: f64| {
        let figures = (0..8).map(|place| Some(factor * f64::from(1 << place)));
        (name.to_owned(), figures.collect())
    };
    is_clear(&Picture::Lines {
        name: "lines".to_owned(),
        x: "machine.tile_memory_bytes".to_owned(),
        y: "time.images_per_second".to_owned(),
        places: (1..=8).map(|place| (place * 262_144).to_string()).collect(),
        lines: vec![
            line("efficientnet-b0-g1", 1e3),
            line("efficientnet-b4-g16, 16.16", 1.1e3),
        ],
        measured: vec![line("measured overlapped, 16.16", 1.2e3)],
    });
}

#[test]
fn heat_maps_are_clear() {
    let row = |name: &str| {
        let figures = (0..10).map(|place| Some(1234.5 * f64::from(place)));
        (format!("resolution {name}"), figures.collect())
    };
    is_clear(&Picture::HeatMap {
        name: "map".to_owned(),
        x: "machine.exchange_bytes_per_cycle".to_owned(),
        y: "resolution".to_owned(),
        value: "gain in time.images_per_second".to_owned(),
        columns: (1..=10).map(|place| place.to_string()).collect(),
        rows: ["128", "144", "160", "176", "192"].map(row).into(),
    });
}

#[test]
fn parallel_coordinates_are_clear() {
    let axis = |name: &str, marks: &[&str]| ParallelAxis {
        name: name.to_owned(),
        marks: marks
            .iter()
            .enumerate()
            .map(|(place, mark)| ((*mark).to_owned(), place as f64 / (marks.len() - 1) as f64))
            .collect(),
    };
    let systems: Vec<String> = (0..30)
        .map(|system| format!("B{system}-G16-LN_PN-Native_16IPU_4x4"))
        .collect();
    let systems: Vec<&str> = systems.iter().map(String::as_str).collect();
    let mut axes = vec![axis("system", &systems)];
    for name in [
        "mode",
        "label.imagenet_top1_percent",
        "theoretical.flops",
        "time.images_per_second",
        "memory.peak_bytes",
    ] {
        axes.push(axis(name, &["1.00 k", "2.00 k", "3.00 k"]));
    }
    let line = from_str("[0.1, 0.5, 1.0, null, 0.3, 0.2]").expect("heights");
    is_clear(&Picture::Parallel {
        name: "parallel".to_owned(),
        parallel: Parallel {
            axes,
            lines: vec![line],
        },
    });
}

#[test]
fn a_picture_is_drawn_in_both_formats_at_its_size() {
    let picture = Picture::Fronts {
        name: "fronts".to_owned(),
        panels: vec![panel("In theory", "theoretical.flops", 0.6)],
    };
    let of = |format: PlotFormat| {
        let options = PlotOptions {
            size: PlotSize::Points(400, 300),
            ..format.into()
        };
        super::picture(&picture, &options).expect("it is drawn")
    };
    let svg = String::from_utf8(of(PlotFormat::Svg)).expect("text");
    assert!(
        svg.contains("<svg width=\"400\" height=\"300\" viewBox=\"0 0 3200 2400\""),
        "{}",
        &svg[..200]
    );
    assert!(of(PlotFormat::Png).starts_with(b"\x89PNG"));
}
