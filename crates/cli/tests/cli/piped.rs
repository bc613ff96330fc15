//! Input through pipes.

use crate::support::tilesim;

const MACHINE: &str = r#"{"name": "own", "description": "", "extends": "mk2", "values": {"tiles": 64}}"#;
const NETWORK: &str = r#"{"family": "mobilenet_v1", "description": "", "width": 1.0, "group_size": 1, "norm": "bn", "resolution": 32}"#;

#[test]
fn a_dash_is_standard_input() {
    for (arguments, input) in [
        (&["cost", "-"][..], NETWORK),
        (&["cost", "/dev/stdin@:resolution=64"], NETWORK),
        (&["machines", "-"], MACHINE),
        (
            &[
                "simulate",
                "mobilenet-v1",
                "--set",
                "resolution=32",
                "--machine",
                "-",
            ],
            MACHINE,
        ),
        (
            &[
                "simulate",
                "mobilenet-v1",
                "--set",
                "resolution=32",
                "--machine=-",
            ],
            MACHINE,
        ),
    ] {
        let output = tilesim(arguments).write_stdin(input).output().expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
    }
}

#[test]
fn a_mistake_in_what_came_through_a_pipe_has_a_place() {
    let text = "{\n  \"family\": \"resnet\", \"depht\": 50\n}";
    let output = tilesim(&["cost", "-"])
        .write_stdin(text)
        .output()
        .expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.starts_with("error: -:2:23: field `depht`: unknown field `depht` (did you mean `depth`?)"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn what_a_shell_makes_of_a_command_is_read_once() {
    let binary = env!("CARGO_BIN_EXE_tilesim");
    let Ok(output) = std::process::Command::new("bash")
        .arg("-c")
        .arg(format!("{binary} cost <({binary} models mobilenet-v1)"))
        .output()
    else {
        eprintln!("skipped: no bash");
        return;
    };
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("4,231,976"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_that_says_nothing_is_not_waited_for_longer_than_the_limit() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_tilesim"))
        .args(["cost", "-", "--time-limit", "0.2"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    // Waiting would close it.
    let open = child.stdin.take();
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(3));
    drop(open);
}
