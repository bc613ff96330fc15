//! Runs the commands of a page, in their order, in a folder that holds what the page says.

use std::{fs, path::Path, process::Output};

use assert_cmd::Command as Process;
use tempfile::TempDir;
use tilesim_test_support::reference;

use crate::{
    markdown::{Fence, Mark, Page},
    repository::Repository,
    shell::{Command, commands},
};

/// Where pages find the reference data.
const SHARED: &str = "../shared/";

/// What of a page's commands does not come out as it says.
pub(crate) fn complaints(repository: &Repository, page: &Page) -> Vec<String> {
    let folder = TempDir::new().expect("a folder");
    let mut complaints = Vec::new();
    let mut printed = String::new();
    for fence in &page.fences {
        if !prepared(folder.path(), fence) {
            continue;
        }
        if fence.marks.iter().any(|mark| matches!(mark, Mark::Printed)) {
            complaints.extend(not_printed(page, fence, &printed));
        }
        if fence.language != "sh" || fence.marks.iter().any(|mark| matches!(mark, Mark::NotRun)) {
            continue;
        }
        for command in commands(fence) {
            let Some(output) = run(repository, folder.path(), &command) else {
                continue;
            };
            if output.status.code() != Some(command.exit) {
                complaints.push(format!(
                    "{}:{}: {:?} where {} was expected\n{}",
                    page.name,
                    command.line,
                    output.status.code(),
                    command.exit,
                    String::from_utf8_lossy(&output.stderr)
                ));
            }
            if let Some(name) = &command.redirected {
                fs::write(folder.path().join(name), &output.stdout).expect("a file");
            }
            printed = String::from_utf8_lossy(&output.stdout).into_owned();
        }
    }
    complaints
}

/// Writes what a fence is or needs; `false` where the reference data are absent.
fn prepared(folder: &Path, fence: &Fence) -> bool {
    for mark in &fence.marks {
        match mark {
            Mark::File(name) => {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, fence.lines.join("\n") + "\n").expect("a file");
            }
            Mark::Shared(files) => {
                for (path, name) in files {
                    let Some(path) = reference::path(path) else {
                        return false;
                    };
                    fs::copy(path, folder.join(name)).expect("a copy");
                }
            }
            Mark::NotRun | Mark::Printed | Mark::From(_) | Mark::Other => {}
        }
    }
    true
}

/// Runs a command of this project; `None` for any other, and where it reads reference data that are absent.
fn run(repository: &Repository, folder: &Path, command: &Command) -> Option<Output> {
    let arguments = command.arguments()?;
    let mut process = Process::new(env!("CARGO_BIN_EXE_tilesim"));
    process
        .current_dir(folder)
        .args(["--threads", "2"])
        .env("COLUMNS", "100")
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1");
    let mut writes = false;
    for argument in arguments {
        if let Some(name) = argument.strip_prefix(SHARED) {
            process.arg(reference::path(name)?);
        } else if !writes && argument.contains('/') && repository.has(argument) {
            process.arg(repository.root.join(argument));
        } else {
            process.arg(argument);
        }
        writes = argument == "--out";
    }
    Some(process.output().expect("the binary runs"))
}

/// Lines that were not printed; an ellipsis stands for any.
fn not_printed(page: &Page, fence: &Fence, printed: &str) -> Vec<String> {
    fence
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| {
            line.trim() != "…" && !printed.lines().any(|other| other.trim_end() == line.trim_end())
        })
        .map(|(index, line)| format!("{}:{}: was not printed: {line}", page.name, fence.line + index))
        .collect()
}
