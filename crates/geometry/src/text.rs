//! Geometry as text: `v2` is variable 2 of an iteration space, `v1·v2` the flattened index of two, and `2·v1 + v2 − 1` a window.

use std::fmt;

use crate::{Axis, Cover, Grid, Operand, Placement, Progression, Progressions, Spare, Window};

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
        if self.skips && (self.stride.unsigned_abs() > 1 || self.kernel_dilation > 1) {
            formatter.write_str("only ")?;
        }
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
    /// What the index is of which values of the variable, piece by piece; of many pieces the first few.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FEW: usize = 4;
        for (index, piece) in self.pieces.iter().take(FEW).enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            write_piece(self.variable, piece, formatter)?;
        }
        match self.pieces.len() {
            many if many > FEW => write!(formatter, " and {} more", many - FEW),
            _ => Ok(()),
        }
    }
}

/// A piece such as `2·v1 − 16 of 8..24`: the index, and the values that it goes with.
fn write_piece(variable: u8, piece: &Progression, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Progression {
        first,
        every,
        count,
        index,
        step,
    } = *piece;
    let end = first + (count - 1) * every + 1;
    if count == 1 || step == 0 {
        return write!(formatter, "{index} of {first}..{end}");
    }
    let rest = (index * every).cast_signed() - first.cast_signed() * step;
    if every > 1 {
        formatter.write_str("(")?;
    }
    match step {
        1 => write!(formatter, "v{variable}")?,
        -1 => write!(formatter, "−v{variable}")?,
        step if step < 0 => write!(formatter, "−{}·v{variable}", step.unsigned_abs())?,
        step => write!(formatter, "{step}·v{variable}")?,
    }
    match rest {
        0 => {}
        rest if rest < 0 => write!(formatter, " − {}", rest.unsigned_abs())?,
        rest => write!(formatter, " + {rest}")?,
    }
    if every > 1 {
        write!(formatter, ") / {every}")?;
    }
    write!(formatter, " of {first}..{end}")
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
