//! `key=value`, on the command line and after a model's `@`.

use std::{fmt, str::FromStr};

/// One key and its value, both as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The key.
    pub(crate) key: String,
    /// The value.
    pub(crate) value: String,
}

impl Setting {
    /// The key of the machine that this sets, where it starts with `machine.`.
    pub(crate) fn machine_key(&self) -> Option<&str> {
        self.key.strip_prefix("machine.")
    }

    /// The key of the system that this sets, where it starts with `system.`.
    pub(crate) fn system_key(&self) -> Option<&str> {
        self.key.strip_prefix("system.")
    }
}

impl FromStr for Setting {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => Ok(Self {
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err(format!(
                "`{text}` is no setting; expected KEY=VALUE, such as group_size=4"
            )),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.key, self.value)
    }
}
