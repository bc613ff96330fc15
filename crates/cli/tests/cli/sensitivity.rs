//! `tilesim sensitivity`: its text, and what it says to what is no question.

use crate::support::snapshot;

#[test]
fn what_a_run_responds_to() {
    let text = snapshot(
        "sensitivity mobilenet-v1 --set resolution=64 --set machine.tiles=64 --hold-plans --curve exchange_bytes_per_cycle",
    );
    assert!(
        text.lines()
            .all(|line| line.starts_with('$') || line.chars().count() <= 100),
        "{text}"
    );
    insta::assert_snapshot!("sensitivity", text);
}

#[test]
fn what_is_no_question() {
    for (name, arguments) in [
        ("bad_sensitivity_step", "sensitivity mobilenet-v1 --step 1"),
        ("bad_sensitivity_curve", "sensitivity mobilenet-v1 --curve norm"),
        ("bad_sensitivity_mode", "sensitivity mobilenet-v1 --mode training"),
    ] {
        insta::assert_snapshot!(name, snapshot(arguments));
    }
}
