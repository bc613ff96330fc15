//! A part of a program's text, where all of it is too long to read.

use std::collections::BTreeSet;

/// The steps of some layers, and the variables that these name.
pub(crate) fn excerpt(program: &str, layers: &[&str]) -> String {
    let (head, steps) = program.split_once("\nsteps\n").expect("a program has steps");
    let mut inside = false;
    let shown: Vec<&str> = steps
        .lines()
        .filter(|line| {
            if let Some(heading) = line.trim_start().strip_prefix("# ") {
                inside = layers
                    .iter()
                    .any(|layer| heading.starts_with(&format!("{layer}, ")));
            }
            inside
        })
        .collect();
    let named: BTreeSet<&str> = shown.iter().flat_map(|line| variables(line)).collect();
    let kept = |line: &&str| {
        !line.starts_with("  %") || variables(line).next().is_some_and(|name| named.contains(name))
    };
    let lines: Vec<&str> = head
        .lines()
        .filter(kept)
        .chain(["", "steps"])
        .chain(shown)
        .collect();
    lines.join("\n") + "\n"
}

/// The variables that a line names, such as `%3`.
fn variables(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', ',']).filter(|word| word.starts_with('%'))
}
