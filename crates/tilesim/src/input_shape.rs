//! Shapes of inputs as text.

use std::{fmt, str::FromStr};

/// A shape that an input is given: `1x3x320x320`, or `NAME=1x3x320x320` where a network has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputShape {
    /// Name of the input; the only one where it is left out.
    pub name: Option<String>,
    /// Sizes, outermost first.
    pub sizes: Vec<u64>,
}

impl FromStr for InputShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Names of inputs may hold `=`, shapes do not.
        let (name, shape) = match text.rsplit_once('=') {
            Some((name, shape)) => (Some(name.to_owned()), shape),
            None => (None, text),
        };
        let sizes: Option<Vec<u64>> = shape
            .split(['x', '×'])
            .map(|size| size.parse().ok().filter(|&size| size > 0))
            .collect();
        match sizes {
            Some(sizes) if name.as_deref() != Some("") => Ok(Self { name, sizes }),
            _ => Err("expected sizes such as 1x3x320x320, perhaps with NAME= before them".to_owned()),
        }
    }
}

impl fmt::Display for InputShape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(formatter, "{name}=")?;
        }
        let sizes: Vec<String> = self.sizes.iter().map(u64::to_string).collect();
        formatter.write_str(&sizes.join("x"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_with_and_without_a_name() {
        for text in ["1x3x320x320", "images=1x3x320x320", "7", "a=b=2x3"] {
            let shape: InputShape = text.parse().expect("a shape");
            assert_eq!(shape.to_string(), text);
        }
        let shape: InputShape = "a=b=2x3".parse().expect("a shape");
        assert_eq!((shape.name.as_deref(), shape.sizes), (Some("a=b"), vec![2, 3]));
        for text in ["", "x", "=1x3", "1x", "1x0", "1x-3", "x.npy", "a=x.npy"] {
            assert!(text.parse::<InputShape>().is_err(), "{text}");
        }
    }
}
