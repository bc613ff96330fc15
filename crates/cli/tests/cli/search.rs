//! `tilesim search`: its text, the files it writes, and what it says to what is no space.

use crate::support::snapshot;

#[test]
fn the_best_of_a_space() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let space = r#"{"name": "space", "fixed": {"model": "mobilenet-v1", "resolution": 32, "machine.tiles": 64},
        "axes": [{"key": "width", "values": [0.5, 0.75, 1.0]}, {"key": "group_size", "values": [1, 8, 16]}],
        "metrics": ["time.images_per_second", "theoretical.flops"], "search": {"points": 8, "population": 4},
        "objectives": [{"metric": "time.images_per_second", "goal": "maximise"}, {"metric": "theoretical.flops", "goal": "maximise"}],
        "constraints": ["theoretical.flops <= 3e7"]}"#;
    std::fs::write(path("space.json"), space).expect("it is written");
    // How fast it was stands on standard error.
    let arguments = format!("search {} --out {} --quiet", path("space.json"), path("out"));
    let text = snapshot(&arguments).replace(&folder.path().display().to_string(), "DIR");
    insta::assert_snapshot!("search", text);
    for name in ["search.json", "front-0001.json", "summary.json", "report.html"] {
        assert!(folder.path().join("out").join(name).is_file(), "{name}");
    }
    let sweep = format!("sweep {} --out {}", path("space.json"), path("swept"));
    let refused = snapshot(&sweep).replace(&folder.path().display().to_string(), "DIR");
    assert!(refused.contains("tilesim search"), "{refused}");
}
