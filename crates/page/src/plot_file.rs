//! What a plot is as a file, whether or not plots are drawn.

/// The kind of file that a plot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotFormat {
    /// Lines and letters.
    Svg,
    /// Pixels.
    Png,
}

impl PlotFormat {
    /// How names of such files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// A plot that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// It cannot be drawn.
    #[error("a plot cannot be drawn: {0}")]
    Draw(String),
    /// Its pixels cannot be encoded.
    #[error("a plot cannot be written as PNG: {0}")]
    Encode(String),
    /// Its letters cannot be read.
    #[error("the letters of plots cannot be read")]
    Font,
}
