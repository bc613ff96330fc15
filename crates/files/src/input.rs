//! Files that are read.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
};

/// Largest text that is read: specifications, machines, tables and results take a thousandth of it.
pub const MAX_TEXT_BYTES: u64 = 64 << 20;

/// What a file is that is not read. It is the source of an [`io::Error`], of the kind `InvalidInput`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// No regular file: reading it may wait forever, or never end.
    #[error("it is {found}; expected a regular file")]
    NoFile {
        /// What it is.
        found: &'static str,
    },
    /// Larger than what is read of its kind.
    #[error("it has {bytes} bytes or more; expected at most {most}")]
    TooLarge {
        /// Its bytes, as far as they were counted.
        bytes: u64,
        /// The most that are read.
        most: u64,
    },
}

impl From<InputError> for io::Error {
    fn from(error: InputError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

/// Opens a regular file; beside it its bytes.
///
/// # Errors
/// Where there is none, it cannot be opened, or is no regular file ([`InputError`]).
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    // Asked before it is opened, which waits where the file is a pipe that nobody writes to.
    is_regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    is_regular(&metadata)?;
    Ok((file, metadata.len()))
}

/// All bytes of a regular file that has at most so many.
///
/// # Errors
/// As [`open`], where it has more, or where there is no memory for them.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, bytes) = open(path)?;
    if bytes > most {
        return Err(InputError::TooLarge { bytes, most }.into());
    }
    let mut contents = Vec::new();
    let expected = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
    contents
        .try_reserve_exact(expected)
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    // Files of the system say that they hold nothing, and others grow.
    file.take(most.saturating_add(1)).read_to_end(&mut contents)?;
    let bytes = contents.len() as u64;
    if bytes > most {
        return Err(InputError::TooLarge { bytes, most }.into());
    }
    Ok(contents)
}

/// The text of a regular file of at most [`MAX_TEXT_BYTES`].
///
/// # Errors
/// As [`read`], and where it is no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path, MAX_TEXT_BYTES)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
}

fn is_regular(metadata: &Metadata) -> Result<(), InputError> {
    if metadata.is_file() {
        return Ok(());
    }
    let found = if metadata.is_dir() {
        "a folder"
    } else {
        "a pipe, a device or a socket"
    };
    Err(InputError::NoFile { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the source of an error says.
    fn reason<T>(result: io::Result<T>) -> InputError {
        let source = result.err().expect("an error").into_inner();
        let source = source.and_then(|source| source.downcast::<InputError>().ok());
        *source.expect("says what the file is")
    }

    #[test]
    fn a_file_is_read_up_to_its_largest_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text");
        fs::write(&path, "four").expect("written");
        assert_eq!(read(&path, 4).expect("read"), b"four");
        assert_eq!(read_text(&path).expect("read"), "four");
        assert_eq!(reason(read(&path, 3)), InputError::TooLarge { bytes: 4, most: 3 });
        fs::write(&path, [0xff]).expect("written");
        assert_eq!(
            read_text(&path).expect_err("no text").kind(),
            io::ErrorKind::InvalidData
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo").success());
        for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            assert!(
                matches!(reason(open(path)), InputError::NoFile { .. }),
                "{path:?}"
            );
            assert!(
                matches!(reason(read_text(path)), InputError::NoFile { .. }),
                "{path:?}"
            );
        }
        // A file of the system that says it is empty, and is not.
        if Path::new("/proc/self/maps").exists() {
            assert!(matches!(
                reason(read(Path::new("/proc/self/maps"), 8)),
                InputError::TooLarge { .. }
            ));
        }
    }
}
