//! How plots are wanted: format, size, title.

use std::str::FromStr;

use crate::PlotFormat;

/// How large a plot is, in points of CSS: 96 of them are an inch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlotSize {
    /// As wide as one column of a paper: 3.4 inches.
    OneColumn,
    /// As wide as two columns: 7.2 inches.
    #[default]
    TwoColumns,
    /// This wide and this high.
    Points(u32, u32),
}

/// The least and the most that a side of a plot may have.
const LIMITS: (u32, u32) = (150, 4000);

impl PlotSize {
    /// Width and height.
    pub const fn points(self) -> (u32, u32) {
        match self {
            Self::OneColumn => (330, 290),
            Self::TwoColumns => (690, 380),
            Self::Points(width, height) => (width, height),
        }
    }
}

impl FromStr for PlotSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| {
            let side: Option<u32> = text.parse().ok();
            side.filter(|side| (LIMITS.0..=LIMITS.1).contains(side))
        };
        match text {
            "one-column" => Ok(Self::OneColumn),
            "two-columns" => Ok(Self::TwoColumns),
            _ => text
                .split_once('x')
                .and_then(|(width, height)| Some(Self::Points(side(width)?, side(height)?)))
                .ok_or_else(|| {
                    format!(
                        "`{text}` is no size; expected `one-column`, `two-columns`, or WIDTHxHEIGHT with sides from {} to {} points",
                        LIMITS.0, LIMITS.1
                    )
                }),
        }
    }
}

/// How plots are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotOptions {
    /// The kind of file.
    pub format: PlotFormat,
    /// How large.
    pub size: PlotSize,
    /// What stands above; papers have captions instead.
    pub title: Option<String>,
}

impl From<PlotFormat> for PlotOptions {
    fn from(format: PlotFormat) -> Self {
        Self {
            format,
            size: PlotSize::default(),
            title: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!("one-column".parse(), Ok(PlotSize::OneColumn));
        assert_eq!("640x300".parse(), Ok(PlotSize::Points(640, 300)));
        for wrong in ["", "640", "640x", "10x300", "640x99999", "three-columns"] {
            assert!(wrong.parse::<PlotSize>().is_err(), "{wrong}");
        }
    }
}
