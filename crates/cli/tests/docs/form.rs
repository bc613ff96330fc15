//! The form of commands, those that are not run among them: subcommands, options, packages and files that there are.

use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command as Process;

use crate::{
    markdown::Page,
    repository::Repository,
    shell::{Command, commands, words},
};

/// Cargo's own commands that pages may state.
const CARGO: &[&str] = &[
    "bench", "build", "check", "clippy", "doc", "fmt", "install", "package", "run", "test", "+nightly",
];

/// Programs of others that pages may state.
const PROGRAMS: &[&str] = &[
    "cd",
    "diff",
    "git",
    "maturin",
    "mypy",
    "parallel",
    "pyright",
    "pytest",
    "rclone",
    "sbatch",
    "snakemake",
    "valgrind",
];

/// What commands may look like.
pub(crate) struct Forms<'a> {
    repository: &'a Repository,
    packages: BTreeSet<String>,
    /// What every subcommand that was asked for says of itself.
    help: BTreeMap<Vec<String>, Option<String>>,
}

impl<'a> Forms<'a> {
    /// The forms of a repository.
    pub(crate) fn new(repository: &'a Repository) -> Self {
        Self {
            repository,
            packages: repository.packages(),
            help: BTreeMap::new(),
        }
    }

    /// Commands of a page that have no such form.
    pub(crate) fn complaints(&mut self, page: &Page) -> Vec<String> {
        let mut complaints = Vec::new();
        for fence in page.fences.iter().filter(|fence| fence.language == "sh") {
            for command in commands(fence) {
                let complaint = match command.arguments() {
                    Some(arguments) => self.of_tilesim(arguments),
                    None => self.of_others(&command),
                };
                complaints.extend(
                    complaint.map(|complaint| format!("{}:{}: {complaint}", page.name, command.line)),
                );
            }
        }
        for (line, code) in page.code() {
            let (words, _) = words(code);
            if words.first().is_some_and(|word| word == "tilesim") {
                let complaint = self.of_tilesim(&words[1..]);
                complaints.extend(complaint.map(|complaint| format!("{}:{line}: {complaint}", page.name)));
            }
        }
        complaints
    }

    /// What is wrong with a command of this project.
    fn of_tilesim(&mut self, arguments: &[String]) -> Option<String> {
        let mut subcommand: Vec<String> = Vec::new();
        for word in arguments.iter().take(2) {
            subcommand.push(word.clone());
            if self.help(&subcommand).is_none() {
                subcommand.pop();
                break;
            }
        }
        if subcommand.is_empty() {
            let plain = arguments.iter().all(|word| word.starts_with('-'));
            return (!plain).then(|| format!("there is no tilesim {}", arguments.join(" ")));
        }
        let help = self.help(&subcommand)?;
        arguments
            .iter()
            .filter_map(|word| word.trim_start_matches('[').strip_prefix("--"))
            .map(|option| option.split(['=', ']']).next().unwrap_or(option).to_owned())
            .find(|option| !help.contains(&format!("--{option}")))
            .map(|option| format!("tilesim {} has no --{option}", subcommand.join(" ")))
    }

    /// What a subcommand says of itself; `None` where there is none of that name.
    fn help(&mut self, subcommand: &[String]) -> Option<String> {
        let last = subcommand.last()?;
        if !last.chars().all(|character| character.is_ascii_lowercase()) {
            return None;
        }
        self.help
            .entry(subcommand.to_vec())
            .or_insert_with(|| {
                let mut process = Process::new(env!("CARGO_BIN_EXE_tilesim"));
                let output = process
                    .arg("help")
                    .args(subcommand)
                    .output()
                    .expect("the binary runs");
                output
                    .status
                    .success()
                    .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
            })
            .clone()
    }

    /// What is wrong with a command of others.
    fn of_others(&self, command: &Command) -> Option<String> {
        let words = &command.words;
        let program = words[0].as_str();
        let file = match program {
            "cargo" => return self.of_cargo(words),
            "python" | "python3" => words.get(1),
            // This package, with or without its extras, or what a file lists.
            "pip" if words.iter().any(|word| word == "." || word.starts_with(".[")) => return None,
            "pip" => words.iter().skip_while(|word| *word != "-r").nth(1),
            _ if PROGRAMS.contains(&program) => return None,
            _ => words.first(),
        };
        match file {
            Some(file) if self.repository.has(file) => None,
            _ => Some(format!("neither a known program nor a file: {}", words.join(" "))),
        }
    }

    /// What is wrong with a command of Cargo.
    fn of_cargo(&self, words: &[String]) -> Option<String> {
        if !words.get(1).is_some_and(|word| CARGO.contains(&word.as_str())) {
            return Some(format!("cargo has no such command here: {}", words.join(" ")));
        }
        words.windows(2).find_map(|pair| {
            let (option, name) = (pair[0].as_str(), pair[1].as_str());
            let known = match option {
                "-p" | "--package" => self.packages.contains(name) || is_placeholder(name),
                "--test" | "--example" | "--bench" => {
                    let folder = format!(
                        "/{}s/{name}",
                        option.trim_start_matches("--").replace("bench", "benche")
                    );
                    is_placeholder(name)
                        || self.repository.files.iter().any(|file| {
                            file.ends_with(&format!("{folder}.rs"))
                                || file.ends_with(&format!("{folder}/main.rs"))
                        })
                }
                _ => true,
            };
            (!known).then(|| format!("there is no {option} {name}"))
        })
    }
}

/// Whether a name stands for what the reader puts there.
fn is_placeholder(name: &str) -> bool {
    name.chars().all(char::is_uppercase)
}
