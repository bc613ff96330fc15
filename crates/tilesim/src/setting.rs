//! `key=value`: a change of a network, a machine or a system, as text.

use std::{fmt, str::FromStr};

/// One key and its value, both as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

impl Setting {
    /// A setting of `key`.
    pub fn new(key: &str, value: impl fmt::Display) -> Self {
        Self {
            key: key.to_owned(),
            value: value.to_string(),
        }
    }

    /// The key of the machine that this sets, where it starts with `machine.`.
    pub fn machine_key(&self) -> Option<&str> {
        self.key.strip_prefix("machine.")
    }

    /// The key of the system that this sets, where it starts with `system.`.
    pub fn system_key(&self) -> Option<&str> {
        self.key.strip_prefix("system.")
    }

    /// The key of the framework that this sets, where it starts with `framework.`.
    pub fn framework_key(&self) -> Option<&str> {
        self.key.strip_prefix("framework.")
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
