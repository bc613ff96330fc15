//! Arguments that stand for what comes through a pipe: `-`, `/dev/stdin` and the files that a shell makes of `<(…)`.
//!
//! Such input can be read once and has no name that says what it is. It goes into a file of a folder of its own, which the command reads as
//! any other and which is gone when it ends. Nothing else that is no regular file is read.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use tempfile::TempDir;

use crate::error::CliError;

/// Most bytes that come through a pipe: as many as an ONNX file may have.
const MOST: u64 = 2 << 30;
/// Options whose values are texts, or places that are written.
const NO_INPUTS: [&str; 4] = ["--out", "--output", "--plot-title", "--set"];

/// What came through pipes, as long as it is needed.
#[derive(Debug, Default)]
pub(crate) struct Piped {
    folder: Option<TempDir>,
    /// Paths of the files by what stood for them.
    files: BTreeMap<String, String>,
}

impl Piped {
    /// The arguments, in which files stand for what comes through pipes.
    ///
    /// # Errors
    /// Where it cannot be read, or is too much.
    pub(crate) fn replaced(&mut self, arguments: Vec<OsString>) -> Result<Vec<OsString>, CliError> {
        let mut replaced = Vec::with_capacity(arguments.len());
        let mut is_input = false;
        for argument in arguments {
            let text = argument.to_str().unwrap_or_default().to_owned();
            let option = text.split('=').next().unwrap_or_default();
            let names_no_input = NO_INPUTS.contains(&option);
            replaced.push(match place(&text).filter(|_| is_input && !names_no_input) {
                Some((before, place, behind)) => [before, self.file(place)?, behind].concat().into(),
                None => argument,
            });
            // The first is the command's own name.
            is_input = !names_no_input || text.contains('=');
        }
        Ok(replaced)
    }

    /// A message that names what stood in the arguments.
    pub(crate) fn named(&self, message: &str) -> String {
        let files = self.files.iter();
        files.fold(message.to_owned(), |message, (place, file)| {
            message.replace(file.as_str(), place)
        })
    }

    /// The file of what comes through a pipe, which is read where that was not done yet.
    fn file(&mut self, place: &str) -> Result<&str, CliError> {
        if !self.files.contains_key(place) {
            let bad = |reason: String| CliError::argument(place, reason, "input of at most 2 GiB");
            let unreadable = |error: io::Error| bad(format!("cannot be read: {error}"));
            let folder = match self.folder.take() {
                Some(folder) => folder,
                None => tempfile::tempdir().map_err(unreadable)?,
            };
            let mut input: Box<dyn Read> = match place {
                "-" => Box::new(io::stdin().lock()),
                path => Box::new(File::open(path).map_err(unreadable)?),
            };
            let mut first = Vec::new();
            (&mut input)
                .take(16)
                .read_to_end(&mut first)
                .map_err(unreadable)?;
            let name = match place.rsplit('/').next() {
                Some(number) if place != "-" && number != "stdin" => format!("pipe-{number}"),
                _ => "stdin".to_owned(),
            };
            let path: PathBuf = folder.path().join(format!("{name}.{}", extension(&first)));
            let mut file = File::create(&path).map_err(unreadable)?;
            file.write_all(&first).map_err(unreadable)?;
            let rest = MOST - first.len() as u64;
            if io::copy(&mut input.take(rest), &mut file).map_err(unreadable)? == rest {
                return Err(bad("is too much".to_owned()));
            }
            self.folder = Some(folder);
            self.files.insert(place.to_owned(), path.display().to_string());
        }
        Ok(&self.files[place])
    }
}

/// What stands before a pipe in an argument, the pipe, and what stands behind: `--machine=`, `-` and nothing, or nothing, `-` and
/// `@bow:batch=8`.
fn place(argument: &str) -> Option<(&str, &str, &str)> {
    let start = argument.find('=').map_or(0, |place| place + 1);
    let ranges = [start..argument.len(), 0..argument.len()];
    ranges.into_iter().find_map(|range| {
        let value = argument.get(range.clone())?;
        let end = value.find('@').unwrap_or(value.len());
        let (place, behind) = value.split_at(end);
        let number = ["/dev/fd/", "/proc/self/fd/"]
            .iter()
            .find_map(|folder| place.strip_prefix(folder));
        let is_number = number
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        let is_pipe = matches!(place, "-" | "/dev/stdin") || is_number;
        is_pipe.then_some((&argument[..range.start], place, behind))
    })
}

/// What a file is called whose first bytes these are.
fn extension(first: &[u8]) -> &'static str {
    let letter = first.iter().find(|byte| !byte.is_ascii_whitespace());
    match (first, letter) {
        ([b'P', b'K', ..], _) => "npz",
        ([0x93, b'N', b'U', b'M', ..], _) => "npy",
        (_, Some(b'{' | b'[') | None) => "json",
        (_, Some(byte)) if byte.is_ascii_graphic() => "csv",
        _ => "onnx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_in_arguments() {
        assert_eq!(place("-"), Some(("", "-", "")));
        assert_eq!(
            place("/dev/fd/63@bow:batch=8"),
            Some(("", "/dev/fd/63", "@bow:batch=8"))
        );
        assert_eq!(place("--machine=-"), Some(("--machine=", "-", "")));
        assert_eq!(place("x=/dev/stdin"), Some(("x=", "/dev/stdin", "")));
        for other in [
            "--layers",
            "-q",
            "resnet50",
            "/dev/fd/",
            "/dev/fd/a",
            "/dev/zero",
            "a-",
            "",
        ] {
            assert_eq!(place(other), None, "{other}");
        }
    }

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (first, expected) in [
            (&b" \n{\"a\""[..], "json"),
            (b"", "json"),
            (b"PK\x03\x04", "npz"),
            (b"\x93NUMPY", "npy"),
            (b"\x08\x07", "onnx"),
            (b"config,x", "csv"),
        ] {
            assert_eq!(extension(first), expected);
        }
    }
}
