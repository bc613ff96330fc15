//! Comparisons and fronts of published figures: training throughput and `ImageNet` accuracy of Masters et al. 2021, arXiv 2106.03640.

use tilesim_study::{Evaluation, Row, Study, summarise};

/// Size, channels of a group, top-1 accuracy in percent, images per second on 16 chips.
const PUBLISHED: [(&str, u64, f64, f64); 12] = [
    ("B0", 1, 79.1, 26411.9),
    ("B1", 1, 80.79, 14632.2),
    ("B2", 1, 81.43, 12619.4),
    ("B3", 1, 82.06, 6935.0),
    ("B4", 1, 82.89, 2736.8),
    ("B5", 1, 83.39, 1270.7),
    ("B0", 16, 79.08, 29593.7),
    ("B1", 16, 80.82, 18396.7),
    ("B2", 16, 81.46, 15250.0),
    ("B3", 16, 82.31, 10050.3),
    ("B4", 16, 83.2, 4680.1),
    ("B5", 16, 83.95, 1738.7),
];

fn study() -> Study {
    let rows: Vec<String> = PUBLISHED
        .iter()
        .map(|(size, group, accuracy, _)| format!(r#"["{size}", {group}, {accuracy}]"#))
        .collect();
    let json = format!(
        r#"{{
            "name": "published",
            "axes": [{{"keys": ["label.size", "group_size", "label.accuracy"], "rows": [{}]}}],
            "metrics": ["speed"],
            "objectives": [],
            "fronts": [{{
                "name": "all",
                "objectives": [
                    {{"metric": "label.accuracy", "goal": "maximise"}},
                    {{"metric": "speed", "goal": "maximise"}}
                ]
            }}],
            "comparisons": [
                {{
                    "name": "at equal accuracy",
                    "from": ["group_size == 1"],
                    "to": ["group_size == 16"],
                    "at_equal": "label.accuracy",
                    "answer": "largest",
                    "figures": [{{"metric": "speed", "goal": "maximise", "published": 2.87}}]
                }},
                {{
                    "name": "of the same size",
                    "from": ["group_size == 1"],
                    "to": ["group_size == 16"],
                    "within": ["label.size"],
                    "figures": [{{"metric": "speed", "goal": "maximise"}}]
                }}
            ]
        }}"#,
        rows.join(",")
    );
    Study::from_json(&json, "study.json").expect("a study")
}

fn rows(study: &Study) -> Vec<Row> {
    let points = study.points().expect("points");
    points
        .iter()
        .zip(PUBLISHED)
        .map(|(point, (.., speed))| Row {
            point: point.index,
            values: point.values,
            evaluation: Evaluation::Done {
                fits: true,
                metrics: vec![Some(speed)],
            },
        })
        .collect()
}

/// The source calls it "up to 3x"; its figure shows 2.87.
#[test]
fn interpolation_finds_the_gain_that_the_source_states() {
    let study = study();
    let summary = summarise(&study, &study.points().expect("points"), &rows(&study));
    let [at_equal, pairs] = summary.gains.as_slice() else {
        panic!("{:?}", summary.gains);
    };
    let error = at_equal.error.expect("a published gain");
    assert!(error.abs() < 0.005, "{at_equal:?}");
    // Every network in groups of 1 lies between two in groups of 16.
    assert_eq!(at_equal.at.len(), 6);
    assert_eq!(pairs.at.len(), 6);
    let gain = pairs.gain.expect("pairs");
    assert!((1.335..1.345).contains(&gain), "{pairs:?}");
}

#[test]
fn the_front_leaves_out_what_is_slower_and_less_accurate() {
    let study = study();
    let summary = summarise(&study, &study.points().expect("points"), &rows(&study));
    let front: Vec<u64> = summary.fronts[0].points.iter().map(|point| point.point).collect();
    // Of the networks in groups of 1 only the smallest, which is a little more accurate than its counterpart.
    assert_eq!(front, [0, 6, 7, 8, 9, 10, 11]);
    assert_eq!(summary.fronts[0].candidates, 12);
}
