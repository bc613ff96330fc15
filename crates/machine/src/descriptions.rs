//! Where descriptions are that others name.

use crate::MachineError;

/// Where descriptions are that others name: files, where there are some, and those that are bundled.
pub trait Descriptions {
    /// What stands for `name` where the description `beside` says it: the path of a file, or the name itself.
    fn place(&self, name: &str, beside: &str) -> String;

    /// The text of a file; nothing where the place is none.
    ///
    /// # Errors
    /// Where it is one, and cannot be read.
    fn text(&self, place: &str) -> Result<Option<String>, MachineError>;
}

/// No files at all.
#[derive(Debug, Clone, Copy)]
pub struct BundledOnly;

impl Descriptions for BundledOnly {
    fn place(&self, name: &str, _beside: &str) -> String {
        name.to_owned()
    }

    fn text(&self, _place: &str) -> Result<Option<String>, MachineError> {
        Ok(None)
    }
}
