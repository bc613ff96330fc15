//! Where a planned convolution computes, and where its tensors lie.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare};
use tilesim_graph::Convolution;
use tilesim_program::{
    vertex::convolution::ConvolutionVertex,
    work::{AxisRole, ConvolutionOperands, ConvolutionWork},
};

use super::{
    operands::{Operands, OrderedOperand},
    space::{GROUP, GROUP_IN, Space},
};
use crate::layout::{self, Layout, Order};
use tilesim_planner::Plan;
use tilesim_terms::ConvolutionPass;

/// Where a planned convolution computes, and where its tensors lie.
#[derive(Debug, Clone)]
pub(crate) struct Geometry {
    /// The compute set.
    pub(crate) work: ConvolutionWork,
    operands: Operands,
    input_at_rest: Layout,
    weights_at_rest: Layout,
    bias_at_rest: Layout,
    /// Where the weights of the layer, or their gradient, lie in all passes of a joint plan.
    joint_weights: Option<Layout>,
    pass: ConvolutionPass,
}

impl Geometry {
    /// The geometry of `plan` for a pass of `forward`, which `convolution` computes; `whole` is that under the plan's transforms.
    pub(crate) fn new(
        forward: &Convolution,
        pass: ConvolutionPass,
        convolution: &Convolution,
        plan: &Plan,
        whole: ConvolutionVertex,
    ) -> Self {
        let space = Space { convolution, plan };
        let operands = Operands::new(&space, pass, forward);
        let (axes, roles): (Vec<Axis>, SmallVec<[AxisRole; 7]>) = space.axes().into_iter().unzip();
        let input_at_rest = at_rest(&space, &axes, &operands.input);
        let weights_at_rest = at_rest(&space, &axes, &operands.weights);
        let bias_at_rest = at_rest(&space, &axes, &operands.bias);
        let joint_weights = plan.joint.map(|pass| {
            let (grid, operand) = joint_weights(plan, pass, &forward.weight_shape());
            let order = match pass {
                ConvolutionPass::Forward | ConvolutionPass::InputGradient => operands.weights.order,
                ConvolutionPass::WeightGradient => operands.output.order,
            };
            placed(&grid, &operand, Spare::Shared, order)
        });
        Self {
            work: ConvolutionWork {
                grid: Arc::new(Grid::new(&space.sizes(), axes)),
                roles,
                whole,
                // All three passes have as many products.
                macs: forward.macs(),
                rounds: 1,
                operands: ConvolutionOperands {
                    input: Arc::clone(&operands.input.operand),
                    weights: Arc::clone(&operands.weights.operand),
                    output: Arc::clone(&operands.output.operand),
                    diagonal: space.diagonal(),
                    in_channels: space.in_channels(),
                },
            },
            operands,
            input_at_rest,
            weights_at_rest,
            bias_at_rest,
            joint_weights,
            pass,
        }
    }

    /// Inputs that each tile needs.
    pub(crate) fn input_need(&self) -> Layout {
        self.layout(&self.operands.input, Spare::Replicated)
    }

    /// Inputs as they would best rest: each where it is needed, on one of the tiles that need it.
    pub(crate) fn input_at_rest(&self) -> Layout {
        self.input_at_rest.clone()
    }

    /// Weights as they rest: tiles that need the same share them out among themselves.
    pub(crate) fn weights_at_rest(&self) -> Layout {
        let own = || self.weights_at_rest.clone();
        self.joint_operand().map_or_else(own, Layout::clone)
    }

    /// Weights that each tile needs.
    pub(crate) fn weight_need(&self) -> Layout {
        let own = || self.layout(&self.operands.weights, Spare::Replicated);
        self.joint_operand().map_or_else(own, Layout::clone)
    }

    /// The weights of the layer where the plan is joint and they are read.
    fn joint_operand(&self) -> Option<&Layout> {
        self.joint_weights
            .as_ref()
            .filter(|_| self.pass != ConvolutionPass::WeightGradient)
    }

    /// Biases as they rest.
    pub(crate) fn bias_at_rest(&self) -> Layout {
        self.bias_at_rest.clone()
    }

    /// Biases that each tile needs.
    pub(crate) fn bias_need(&self) -> Layout {
        self.layout(&self.operands.bias, Spare::Replicated)
    }

    /// Partial sums that each tile computes.
    pub(crate) fn partial_sums(&self) -> Layout {
        self.layout(&self.operands.output, Spare::Replicated)
    }

    /// Outputs, each on one tile: tiles with partial sums of the same share them out among themselves.
    pub(crate) fn outputs(&self) -> Layout {
        match &self.joint_weights {
            Some(weights) if self.pass == ConvolutionPass::WeightGradient => weights.clone(),
            _ => self.layout(&self.operands.output, Spare::Shared),
        }
    }

    fn layout(&self, touched: &OrderedOperand, spare: Spare) -> Layout {
        placed(&self.work.grid, &touched.operand, spare, touched.order)
    }
}

/// The weights of the layer as all passes of a joint plan have them: each on one tile, which the three name alike.
fn joint_weights(plan: &Plan, pass: ConvolutionPass, shape: &[u64]) -> (Arc<Grid>, Arc<Operand>) {
    // Variables that no plan of a layer slices.
    const INPUTS: u8 = GROUP;
    const OUTPUTS: u8 = GROUP_IN;
    let partition = &plan.partition;
    let grouping = plan.grouping;
    let field = partition.field.last().copied().unwrap_or(1);
    let field_grain = partition.field_grain.last().copied().unwrap_or(1);
    let channels = (grouping.in_channels, partition.in_channel_parallel);
    let field = (field_grain, field);
    let ((input_grain, inputs), (output_grain, outputs)) = match pass {
        ConvolutionPass::Forward => (channels, field),
        ConvolutionPass::InputGradient => (field, channels),
        ConvolutionPass::WeightGradient => ((grouping.out_channels, partition.out_channel_parallel), field),
    };
    let grid = Grid::new(
        &[1, shape[1], shape[0]],
        [
            Axis::single(INPUTS, input_grain, inputs),
            Axis::single(OUTPUTS, output_grain, outputs),
        ]
        .into_iter()
        .filter(|axis| axis.parts > 1),
    );
    let mut covers: SmallVec<[Cover; 5]> =
        SmallVec::from_elem(Cover::Variables(SmallVec::new()), shape.len());
    covers[0] = Cover::Variables(smallvec::smallvec![OUTPUTS]);
    covers[1] = Cover::Variables(smallvec::smallvec![INPUTS]);
    let operand = Operand {
        shape: SmallVec::from_slice(shape),
        covers,
    };
    (Arc::new(grid), Arc::new(operand))
}

fn placed(grid: &Arc<Grid>, operand: &Arc<Operand>, spare: Spare, order: Order) -> Layout {
    Layout {
        placement: Placement {
            grid: Arc::clone(grid),
            operand: Arc::clone(operand),
            spare,
            channel_block: order.channel_block(),
        },
        order,
    }
}

/// An operand cut into as many parts as its windows, without overlap, and shared out along the axes that it does not depend on.
///
/// Where a window slides, the longer of its two variables (of the input of a forward pass the output position, of the operands of
/// a weight gradient the position that is summed over) stands for the operand's position; the other, perhaps folded into the
/// channels, repeats elements, and its parts become parts that share. One of a single value repeats none.
fn at_rest(space: &Space, axes: &[Axis], touched: &OrderedOperand) -> Layout {
    let mut sizes = space.sizes();
    let mut operand = Operand::clone(&touched.operand);
    let mut windowed: SmallVec<[u8; 3]> = SmallVec::new();
    let spatial = operand.covers.iter_mut().zip(&operand.shape).skip(2);
    for (cover, size) in spatial {
        if let Cover::Window(window) = cover
            && window.kernel != space.unit()
        {
            let (output, kernel) = (sizes[window.output as usize], sizes[window.kernel as usize]);
            let (position, sliding, values) = if output < kernel {
                (window.kernel, window.output, output)
            } else {
                (window.output, window.kernel, kernel)
            };
            sizes[position as usize] = *size;
            if values > 1 {
                windowed.push(sliding);
            }
            *cover = Cover::Variables(smallvec::smallvec![position]);
        }
    }
    let axes = axes.iter().map(|axis| {
        let mut axis = axis.clone();
        if axis.variables.len() > 1 && axis.variables.iter().any(|variable| windowed.contains(variable)) {
            sizes.push(axis.parts);
            axis = Axis::single(sizes.len() as u8 - 1, 1, axis.parts);
        } else {
            layout::leave_own_variables(&mut axis, &operand);
        }
        axis
    });
    let axes: Vec<Axis> = axes.collect();
    placed(
        &Arc::new(Grid::new(&sizes, axes)),
        &Arc::new(operand),
        Spare::Shared,
        touched.order,
    )
}

#[cfg(test)]
mod tests;
