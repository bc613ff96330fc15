//! Tables and prose in terminals of any width.

use crate::support::tilesim;

const WIDTHS: [usize; 4] = [60, 80, 100, 160];

fn printed(arguments: &str, columns: usize) -> String {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let output = tilesim(&words)
        .env("COLUMNS", columns.to_string())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{arguments}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn lines_are_as_wide_as_the_terminal_and_nothing_is_cut() {
    for arguments in [
        "models",
        "machines",
        "machines mk2",
        "machines pod16",
        "cost efficientnet-b0-g16 --layers",
        "plan mobilenet-v1 --set resolution=64 --layer block1a/pointwise",
        "simulate mobilenet-v1 --set resolution=64",
        "compare mobilenet-v1 mobilenet-v2 resnet18 --set resolution=64",
        "why mobilenet-v1 mobilenet-v2 --set resolution=64",
    ] {
        for columns in WIDTHS {
            let text = printed(arguments, columns);
            // Sources have addresses, which are words however long.
            let long = text
                .lines()
                .find(|line| line.chars().count() > columns && line.split_whitespace().count() > 1);
            assert_eq!(long, None, "{arguments} in {columns} columns");
            assert!(!text.contains('…'), "{arguments} in {columns} columns:\n{text}");
        }
    }
}

#[test]
fn a_run_at_every_width() {
    for columns in WIDTHS {
        let text = printed("simulate mobilenet-v1 --set resolution=64", columns);
        insta::assert_snapshot!(format!("run_{columns}"), text);
        let text = printed(
            "compare mobilenet-v1 mobilenet-v2 resnet18 --set resolution=64",
            columns,
        );
        insta::assert_snapshot!(format!("comparison_{columns}"), text);
    }
}

/// A terminal that is narrower than a table may be, or wider than a line that a person reads, and a width that is none.
#[test]
fn widths_beyond_those_that_are_shown() {
    let at = |columns: &str| {
        let output = tilesim(&["models"])
            .env("COLUMNS", columns)
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(at("5"), at("60"));
    assert_eq!(at("1000"), at("200"));
    assert_eq!(at("many"), at("100"));
}
