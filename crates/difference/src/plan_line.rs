//! How a convolution is planned, as the line in which results state it, taken apart again.

/// The parts of a line such as `AMP 16 units (1,16,16), operands swapped, tiles 1240 = field 31 · in 40`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanLine<'a> {
    /// Kernel family and the units of a tile that it uses: `AMP 16 units`. The whole line where it is none of this form.
    pub kernel: &'a str,
    /// Groups, input and output channels of a block: `1,16,16`.
    pub grouping: &'a str,
    /// What is done with the convolution before it is cut: `operands swapped`.
    pub transforms: &'a str,
    /// Tiles and how many parts each dimension is cut into: `1240 = field 31 · in 40`.
    pub split: &'a str,
}

impl<'a> PlanLine<'a> {
    /// Takes a line apart.
    pub fn of(line: &'a str) -> Self {
        let whole = Self {
            kernel: line,
            ..Self::default()
        };
        let Some((kernel, rest)) = line.split_once(" (") else {
            return whole;
        };
        let Some((grouping, rest)) = rest.split_once(')') else {
            return whole;
        };
        let Some((transforms, split)) = rest.split_once(", tiles ") else {
            return whole;
        };
        Self {
            kernel,
            grouping,
            transforms: transforms.trim_start_matches(", "),
            split,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_four_parts() {
        let line = PlanLine::of(
            "AMP 16 units (1,16,16), operands swapped, 2 slices of in, tiles 1240 = field 31 · in 40",
        );
        assert_eq!(line.kernel, "AMP 16 units");
        assert_eq!(line.grouping, "1,16,16");
        assert_eq!(line.transforms, "operands swapped, 2 slices of in");
        assert_eq!(line.split, "1240 = field 31 · in 40");
        let line = PlanLine::of("HMAC (1,40,2), tiles 1280 = out 10");
        assert_eq!((line.kernel, line.transforms), ("HMAC", ""));
    }

    #[test]
    fn another_text_is_a_kernel_of_its_own() {
        for text in ["", "by hand", "AMP (1", "AMP (1,2,3)"] {
            assert_eq!(PlanLine::of(text).kernel, text);
        }
    }
}
