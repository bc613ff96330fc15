//! Golden programs: a small graph, and the program text that it is lowered to, one file a case in `cases`.
//!
//! To add a case: write `cases/NAME.txt` with what it shows in a line behind `#`, settings, the network, and a line `---`; then run
//! `UPDATE_GOLDEN=1 cargo test -p tilesim-lower --test golden`, which writes the program below it, and read what it wrote. The same
//! command rewrites all cases after a change that means to move programs: the difference in version control is what a review reads.
//! Tensors are small and tiles few, so that a case is read in a minute: 150 lines at most.
//!
//! Settings, one a line, each of which may be left out:
//!
//! * `tiles 8`, `memory 65536`: tiles of the Mk2, and bytes of each.
//! * `fold`: batch norms are folded, as for inference.
//! * `overlapped 2`: the host has so many of the tiles, and sends and receives beside the other steps.
//! * `swish composed` or `swish fused_in_place`: as a release of the library computes it; fused where nothing is said.
//! * `train`: the network becomes a training step with momentum.
//! * `show y logits`: only the steps of these layers, with the variables that they name, because all of it would be too long.
//!
//! A line `NAME = OPERATOR OPERANDS…` adds an operator; see [`network`] for all of them. What the last line names is the output.

mod case;
mod excerpt;
mod network;

use std::fs;
use std::path::{Path, PathBuf};

use case::Case;

/// Lines of a case at most.
const LONGEST: usize = 250;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    cases
}

/// Where two texts differ: the lines from the first that differ to the last, with their numbers.
fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let alike = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let before = alike(&mut expected.iter().zip(&found));
    let after = alike(&mut expected[before..].iter().rev().zip(found[before..].iter().rev()));
    let removed = expected[before..expected.len() - after]
        .iter()
        .map(|line| ["- ", line].concat());
    let added = found[before..found.len() - after]
        .iter()
        .map(|line| ["+ ", line].concat());
    let lines: Vec<String> = removed.chain(added).collect();
    format!("line {}:\n{}\n", before + 1, lines.join("\n"))
}

#[test]
fn programs_are_the_golden_ones() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a case");
        assert!(text.starts_with("# "), "{name} does not say what it shows");
        let found = Case::parse(&name, &text).written();
        assert!(
            found.lines().count() <= LONGEST,
            "{name} is longer than {LONGEST} lines"
        );
        if update {
            fs::write(&path, &found).expect("a case is written");
        } else if found != text {
            wrong.push(format!("{name}, {}", difference(&text, &found)));
        }
    }
    assert!(
        wrong.is_empty(),
        "programs changed; if they should, UPDATE_GOLDEN=1 rewrites them\n\n{}",
        wrong.join("\n")
    );
}

#[test]
fn what_differs_is_shown_without_what_does_not() {
    assert_eq!(
        difference("a\nb\nc\n", "a\nx\ny\nc\n"),
        "line 2:\n- b\n+ x\n+ y\n"
    );
    assert_eq!(difference("a\n", "a\nb\n"), "line 2:\n+ b\n");
}
