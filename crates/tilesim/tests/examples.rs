//! The examples run, and what they claim holds.
#![allow(missing_docs, clippy::print_stdout)]

use std::{env, path::PathBuf, process::Command};

/// Where cargo puts the examples of the same build: beside the folder of this test.
fn example(name: &str) -> Option<PathBuf> {
    let test = env::current_exe().expect("this test is a file");
    let path = test
        .parent()?
        .parent()?
        .join("examples")
        .join(name)
        .with_extension(env::consts::EXE_EXTENSION);
    path.is_file().then_some(path)
}

fn runs(name: &str) {
    let Some(path) = example(name) else {
        assert!(env::var_os("CI").is_none(), "example {name} is not built");
        println!("skipped: example {name} is not built");
        return;
    };
    let output = Command::new(path).output().expect("it starts");
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!output.stdout.is_empty(), "{name} says nothing");
}

macro_rules! examples {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            runs(stringify!($name));
        }
    )*};
}

examples! { compare execute own_machine own_network sweep training_system }
