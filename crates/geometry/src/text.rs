//! Geometry as text: `v2` is variable 2 of an iteration space, `v1·v2` the flattened index of two, and `2·v1 + v2 − 1` a window.

use std::fmt;

use crate::{Axis, Cover, Grid, Operand, Placement, Progressions, Spare, Window};

impl fmt::Display for Placement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.operand)?;
        if self.channel_block > 1 {
            write!(formatter, ", channels in blocks of {}", self.channel_block)?;
        }
        write!(formatter, ", {}", self.grid)?;
        let spare = self.spare_parts();
        match self.spare {
            _ if spare == 1 => Ok(()),
            Spare::Replicated => write!(formatter, "; the same on {spare} each"),
            Spare::Shared => write!(formatter, "; shared out among {spare} each"),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} at (", self.shape)?;
        for (index, cover) in self.covers.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{cover}")?;
        }
        formatter.write_str(")")
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // All of the dimension.
            Self::Variables(variables) if variables.is_empty() => formatter.write_str("all"),
            Self::Variables(variables) => product(variables, formatter),
            Self::Window(window) => write!(formatter, "{window}"),
            Self::Progressions(progressions) => write!(formatter, "{progressions}"),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let divided = self.input_dilation > 1;
        if divided {
            formatter.write_str("(")?;
        }
        match self.stride {
            1 => write!(formatter, "v{}", self.output)?,
            -1 => write!(formatter, "−v{}", self.output)?,
            stride if stride < 0 => write!(formatter, "−{}·v{}", stride.unsigned_abs(), self.output)?,
            stride => write!(formatter, "{stride}·v{}", self.output)?,
        }
        match self.kernel_dilation {
            1 => write!(formatter, " + v{}", self.kernel)?,
            dilation => write!(formatter, " + {dilation}·v{}", self.kernel)?,
        }
        match self.padding_lower {
            0 => {}
            padding if padding < 0 => write!(formatter, " + {}", padding.unsigned_abs())?,
            padding => write!(formatter, " − {padding}")?,
        }
        if divided {
            write!(formatter, ") / {}", self.input_dilation)?;
        }
        Ok(())
    }
}

impl fmt::Display for Progressions {
    /// Each piece as its indices; in braces the values of the variable that they go with. Of many pieces the first few.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FEW: usize = 4;
        for (index, piece) in self.pieces.iter().take(FEW).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{}", piece.index)?;
            match piece.step {
                _ if piece.count == 1 => {}
                0 => write!(formatter, " each")?,
                step => write!(formatter, "{step:+}…")?,
            }
            write!(formatter, " {{v{} {}", self.variable, piece.first)?;
            if piece.count > 1 {
                write!(formatter, "+{}·{}", piece.every, piece.count)?;
            }
            formatter.write_str("}")?;
        }
        match self.pieces.len() {
            many if many > FEW => write!(formatter, " and {} more", many - FEW),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tiles = self.tiles();
        if tiles == 1 {
            return formatter.write_str("on one tile");
        }
        write!(formatter, "over {tiles} tiles: ")?;
        for (index, axis) in self.axes.iter().enumerate() {
            let Axis {
                variables,
                grain,
                parts,
            } = axis;
            if index > 0 {
                formatter.write_str(", ")?;
            }
            product(variables, formatter)?;
            write!(formatter, " of {}", axis.size(&self.sizes))?;
            if *grain > 1 {
                write!(formatter, " by {grain}")?;
            }
            write!(formatter, " in {parts}")?;
        }
        match self.slice {
            Some(variable) => write!(formatter, "; slices of v{variable}"),
            None => Ok(()),
        }
    }
}

/// The flattened index of variables.
fn product(variables: &[u8], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, variable) in variables.iter().enumerate() {
        let separator = if index == 0 { "" } else { "·" };
        write!(formatter, "{separator}v{variable}")?;
    }
    Ok(())
}
