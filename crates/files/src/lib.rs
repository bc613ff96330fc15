//! How files are read and written, by every crate that does.
//!
//! What is read is a regular file of a bounded size: a pipe would be waited for, a device has no end, and a large file is no
//! description of anything. What is written appears whole or not at all, whoever stops the process or the machine, and goes through
//! no symbolic link.

mod input;
mod memory;
mod output;

pub use input::{InputError, MAX_TEXT_BYTES, open, read, read_text};
pub use memory::host_memory;
pub use output::{NewFile, remove_abandoned, write_whole};
