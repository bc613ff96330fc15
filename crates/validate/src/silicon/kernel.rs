//! Kernels that were run between two readings of the cycle counter, as their rows describe them.

use smallvec::smallvec;
use tilesim_codelets::{Count, convolution, vector};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::{
    convolution::{ChannelGrouping, ConvolutionKernel, ConvolutionVertex},
    vector::{BinaryOp, BinaryVertex, VectorVertex},
};

/// Cycles that a reading of the counter adds to a vector kernel where the source has not taken them off (graphcore-research
/// tessellate-ipu, notebook 01). It is part of the measurement, not of the machine, whose launches come on top.
const COUNTER_CYCLES: u64 = 45;

/// A kernel and its share on a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasuredKernel {
    /// A 1×1 convolution of one block of channels on the dot-product units; the source has taken the counter off.
    Convolution1x1 {
        /// Type of the data.
        input: ElementType,
        /// Type of the partial sums.
        partials: ElementType,
        /// Input channels.
        in_channels: u64,
        /// Output channels.
        out_channels: u64,
        /// Positions of the field.
        positions: u64,
    },
    /// A function of two operands; the counter is in the figure.
    Binary {
        /// The function.
        function: BinaryOp,
        /// Type of the operands.
        element_type: ElementType,
        /// Elements.
        elements: u64,
    },
}

/// What is predicted of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelEstimate {
    /// Cycles as they would be read.
    pub cycles: u64,
    /// Of those: what the reading itself takes.
    pub counter_cycles: u64,
}

impl MeasuredKernel {
    /// The kernel of a description such as `ConvPartial1x1Out half->half 16x16, 16 positions a tile` or
    /// `BinaryOp1D float add, 1,024 elements a tile`.
    ///
    /// # Errors
    /// Why the description says nothing to us.
    pub fn parse(description: &str) -> Result<Self, String> {
        let words: Vec<String> = description
            .split_whitespace()
            .map(|word| word.replace(',', ""))
            .collect();
        let counted = |unit: &str| -> Result<u64, String> {
            let at = words.iter().position(|word| word == unit);
            at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok())
                .filter(|&count: &u64| count > 0)
                .ok_or_else(|| format!("the description has no number of {unit}"))
        };
        let word = |index: usize| words.get(index).map_or("", String::as_str);
        match word(0) {
            "ConvPartial1x1Out" => {
                let (input, partials) = word(1)
                    .split_once("->")
                    .ok_or("the description has no types such as `half->half`")?;
                let (in_channels, out_channels) = word(2)
                    .split_once('x')
                    .and_then(|(inputs, outputs)| Some((inputs.parse().ok()?, outputs.parse().ok()?)))
                    .ok_or("the description has no block of channels such as `16x16`")?;
                Ok(Self::Convolution1x1 {
                    input: element_type(input)?,
                    partials: element_type(partials)?,
                    in_channels,
                    out_channels,
                    positions: counted("positions")?,
                })
            }
            "BinaryOp1D" => Ok(Self::Binary {
                element_type: element_type(word(1))?,
                function: function(word(2))?,
                elements: counted("elements")?,
            }),
            kernel => Err(format!("no kernel `{kernel}` is estimated")),
        }
    }

    /// What the kernel takes on a tile of `machine`.
    ///
    /// # Errors
    /// Why the machine has no such kernel.
    pub fn estimate(&self, machine: &Machine) -> Result<KernelEstimate, String> {
        let (cycles, counter_cycles) = match *self {
            Self::Convolution1x1 {
                input,
                partials,
                in_channels,
                out_channels,
                positions,
            } => {
                let conv_units = machine
                    .conv_units_for(input, partials)
                    .ok_or("the machine has no dot-product units for these types")?;
                let vertex = ConvolutionVertex {
                    kernel: ConvolutionKernel::Amp1x1 { conv_units },
                    input_type: input,
                    partials_type: partials,
                    grouping: ChannelGrouping {
                        conv_groups: 1,
                        in_channels,
                        out_channels,
                    },
                    batch: 1,
                    conv_groups: 1,
                    in_channels,
                    out_channels,
                    output: smallvec![1, positions],
                    kernel_size: smallvec![1, 1],
                    stride: smallvec![1, 1],
                    input_dilation: smallvec![1, 1],
                };
                let cycles = convolution::cycles(machine, &vertex, Count::Machine);
                let cycles = cycles.map_err(|error| error.to_string())?;
                (cycles + u64::from(machine.convolution_launch_cycles), 0)
            }
            Self::Binary {
                function,
                element_type,
                elements,
            } => {
                let vertex = VectorVertex::Binary(BinaryVertex {
                    op: function,
                    element_type,
                    in_place: false,
                    elements,
                });
                let cost = vector::cost(machine, &vertex, Count::Machine);
                let cycles = cost.map_err(|error| error.to_string())?.cycles.total();
                (cycles + u64::from(machine.vector_launch_cycles), COUNTER_CYCLES)
            }
        };
        Ok(KernelEstimate {
            cycles: cycles + counter_cycles,
            counter_cycles,
        })
    }
}

fn element_type(name: &str) -> Result<ElementType, String> {
    match name {
        "half" => Ok(ElementType::F16),
        "float" => Ok(ElementType::F32),
        name => Err(format!("no kernel is estimated for the type `{name}`")),
    }
}

fn function(name: &str) -> Result<BinaryOp, String> {
    match name {
        "add" => Ok(BinaryOp::Add),
        "subtract" | "sub" => Ok(BinaryOp::Subtract),
        "multiply" | "mul" => Ok(BinaryOp::Multiply),
        "divide" | "div" => Ok(BinaryOp::Divide),
        "maximum" | "max" => Ok(BinaryOp::Maximum),
        "minimum" | "min" => Ok(BinaryOp::Minimum),
        "power" | "pow" => Ok(BinaryOp::Power),
        name => Err(format!("no function `{name}` of two operands is estimated")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read() {
        assert_eq!(
            MeasuredKernel::parse("ConvPartial1x1Out half->half 16x16, 2,000 positions a tile"),
            Ok(MeasuredKernel::Convolution1x1 {
                input: ElementType::F16,
                partials: ElementType::F16,
                in_channels: 16,
                out_channels: 16,
                positions: 2000,
            })
        );
        assert_eq!(
            MeasuredKernel::parse("BinaryOp1D float add, 1,024 elements a tile, 4/16/128/1,024 tiles"),
            Ok(MeasuredKernel::Binary {
                function: BinaryOp::Add,
                element_type: ElementType::F32,
                elements: 1024,
            })
        );
        for unknown in [
            "",
            "ConvPartial1x1Out",
            "ConvPartial1x1Out half->half 16x16",
            "ConvPartial1x1Out quarter->half 16x16, 16 positions a tile",
            "BinaryOp1D float hypot, 8 elements a tile",
            "Sort1D float, 8 elements a tile",
        ] {
            assert!(MeasuredKernel::parse(unknown).is_err(), "{unknown}");
        }
    }

    /// What the counter takes cancels out in the difference of two readings.
    #[test]
    fn the_difference_of_two_additions_is_exact() {
        let bow = tilesim_machine::load("bow").expect("bundled").machine;
        let of = |elements| {
            let kernel = MeasuredKernel::parse(&format!("BinaryOp1D float add, {elements} elements a tile"));
            kernel.expect("a kernel").estimate(&bow).expect("cycles").cycles
        };
        assert_eq!(of(1024) - of(8), 1530);
        assert_eq!(of(8), 330);
    }
}
