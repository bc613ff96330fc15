//! `tilesim solve`: its text, its exit codes, and what it says to what is no question.

use crate::support::snapshot;

const SMALL: &str = "--set resolution=64 --set machine.tiles=64";

#[test]
fn what_reaches_a_goal() {
    for (name, question) in [
        ("solve_reached", "--vary exchange_rate --goal cycles<=214000"),
        ("solve_already", "--vary exchange_rate --goal fits"),
        (
            "solve_largest",
            "--vary resolution --goal fits --largest --multiple 32",
        ),
        (
            "solve_not_reached",
            "--vary exchange_rate --goal images_per_second>=1e6",
        ),
        (
            "solve_together",
            "--vary exchange_rate --vary sync_cycles:-1 --goal cycles<=212000 --constraint images_per_second>=100",
        ),
    ] {
        let text = snapshot(&format!("solve mobilenet-v1 {SMALL} {question}"));
        assert!(
            text.lines()
                .all(|line| line.starts_with('$') || line.chars().count() <= 100),
            "{text}"
        );
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn what_is_no_question() {
    for (name, question) in [
        ("bad_solve_nothing", "--goal fits"),
        ("bad_solve_key", "--vary norm --goal fits"),
        ("bad_solve_goal", "--vary batch --goal speed>=3"),
        ("bad_solve_network", "--vary batch --goal cycles<=mobilenet-v9"),
        ("bad_solve_limit", "--vary batch --goal fits --limit 1"),
    ] {
        insta::assert_snapshot!(name, snapshot(&format!("solve mobilenet-v1 {SMALL} {question}")));
    }
}
