//! A graph under way to its program, one operator after the other.

mod host;
mod results;
mod state;

use tilesim_graph::{Graph, Op, OpKind, Phase};
use tilesim_machine::{ElementType, Machine};
use tilesim_planner::{PlanChoice, PlanOptions};
use tilesim_program::Program;

use crate::{
    HostTensors, LowerError, LowerOptions, SharedPlacements, call, context::Context, convolution,
    layout::Layout, operators,
};

/// A graph under way to its program: what is lowered so far can go on in several ways.
#[derive(Clone)]
pub struct Lowering<'a> {
    context: Context<'a>,
    next: usize,
    recomputed_since: Option<usize>,
}

/// Where everything lies that operators to come read: two lowerings of a graph that agree in it go on alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLayouts(Vec<(usize, Layout, ElementType)>);

impl<'a> Lowering<'a> {
    /// Before the first operator. `machine` is what computes of a chip ([`crate::computing_part`]).
    pub fn new(
        graph: &'a Graph,
        machine: &'a Machine,
        options: &'a LowerOptions,
        host: &'a HostTensors,
        placements: &'a SharedPlacements,
    ) -> Self {
        let mut context = Context::new(graph, machine, options, host, placements);
        host::receive_inputs(&mut context);
        Self {
            context,
            next: 0,
            recomputed_since: None,
        }
    }

    /// The operator that comes next; none where all are lowered.
    pub fn next(&self) -> Option<usize> {
        Some(self.next).filter(|&next| next < self.context.graph.ops.len())
    }

    /// Lowers the next operator, which is planned so where it is a convolution.
    ///
    /// # Errors
    /// Where it has no lowering.
    pub fn go_on(&mut self, planned: Option<&(PlanOptions, PlanChoice)>) -> Result<(), LowerError> {
        let Some(op) = self.context.graph.ops.get(self.next) else {
            return Ok(());
        };
        let context = &mut self.context;
        context.op = self.next;
        context.enter(op);
        lower_operator(context, op, planned)?;
        if op.phase == Phase::Recompute {
            self.recomputed_since.get_or_insert(self.next);
        }
        self.next += 1;
        let following = context.graph.ops.get(self.next);
        let goes_on = following.is_some_and(|next| next.phase == Phase::Recompute);
        if let Some(since) = self.recomputed_since.take_if(|_| !goes_on) {
            results::keep_results(context, since);
        }
        Ok(())
    }

    /// The same state without the steps so far: what it gives is only what comes from here on.
    #[must_use]
    pub fn from_here(&self) -> Self {
        Self {
            context: self.context.going_on(),
            ..*self
        }
    }

    /// Where everything lies that operators to come read.
    pub fn live_layouts(&self) -> LiveLayouts {
        LiveLayouts(self.context.live_layouts(self.next))
    }

    /// The steps so far, as a program: of a lowering that went on from another, those since then.
    pub fn steps(self) -> Program {
        let name = self.context.graph.name.clone();
        let precision = self.context.options.precision;
        self.context.emitter.finish(name, precision)
    }

    /// The whole program, once all operators are lowered.
    pub(crate) fn finish(mut self) -> Result<Program, LowerError> {
        state::keep_state(&mut self.context);
        host::send_outputs(&mut self.context)?;
        Ok(self.steps())
    }
}

/// Lowers one operator.
fn lower_operator(
    context: &mut Context,
    op: &Op,
    planned: Option<&(PlanOptions, PlanChoice)>,
) -> Result<(), LowerError> {
    match &op.kind {
        OpKind::Convolution(_)
        | OpKind::FullyConnected
        | OpKind::ConvolutionInputGradient(_)
        | OpKind::ConvolutionWeightGradient(_) => convolution::lower(context, op, planned),
        OpKind::ScaledAdd { factor } => operators::scaled_add::lower(context, op, *factor),
        OpKind::Norm(norm) => operators::norm::lower(context, op, norm),
        OpKind::Activation(activation) => operators::activation::lower(context, op, *activation),
        OpKind::ProxyActivation(proxy) => operators::proxy_activation::lower(context, op, proxy),
        OpKind::Binary(binary) => operators::binary::lower(context, op, *binary),
        OpKind::Pool(pool) => operators::pool::lower(context, op, pool),
        OpKind::PoolGradient(pool) => operators::pool_gradient::lower(context, op, pool),

        OpKind::GlobalAveragePool => operators::global_average_pool::lower(context, op),
        OpKind::Softmax { axes } => operators::softmax::lower(context, op, axes),
        OpKind::Reshape => operators::reshape::lower(context, op),
        OpKind::Scale { factor } => operators::scale::lower(context, op, *factor),
        OpKind::Reduce(reduction) => operators::reduction::lower(context, op, *reduction),
        OpKind::Broadcast => operators::broadcast::lower(context, op),
        OpKind::Slice { axis, start, size } => operators::slice::lower(context, op, (*axis, *start, *size)),
        OpKind::Fill { value } => {
            operators::fill::lower(context, op, *value);
            Ok(())
        }
        OpKind::Cast(_) => operators::cast::lower(context, op),
        OpKind::RandomMask { rate } => {
            operators::random_mask::lower(context, op, *rate);
            Ok(())
        }
        OpKind::MovingAverage { decay } => operators::moving_average::lower(context, op, *decay),
        OpKind::ActivationGradient(activation) => {
            operators::activation_gradient::lower(context, op, *activation)
        }
        // A norm's gradient is one function: it takes x, which it whitens again, and the gradient of the output.
        OpKind::Whiten(norm) => call::with_arguments(context, op, &[(0, "x")], |context| {
            operators::norm::whiten(context, op, norm)
        })
        .map(|call| call.end(context)),
        OpKind::NormParameterGradient => operators::norm_gradient::parameters(context, op),
        OpKind::NormGradient(norm) => call::as_function(context, op, &[(2, "gradient")], |context| {
            operators::norm_gradient::lower(context, op, norm)
        }),
        OpKind::ProxyStatistics(proxy) => operators::proxy_statistics::lower(context, op, proxy),
        OpKind::ProxyStatisticsGradient(proxy) => {
            operators::proxy_statistics_gradient::lower(context, op, proxy)
        }
        OpKind::SoftmaxCrossEntropy { label_smoothing } => {
            operators::cross_entropy::lower(context, op, *label_smoothing)
        }
        OpKind::SoftmaxCrossEntropyGradient {
            label_smoothing,
            scale,
        } => operators::cross_entropy::gradient(context, op, *label_smoothing, *scale),
        OpKind::OptimiserStep(step) => operators::optimiser::lower(context, op, step),
        OpKind::Rearrange(rearrangement) => operators::rearrange::lower(context, op, rearrangement),
        OpKind::Concat { axis } => operators::concat::lower(context, op, *axis),
    }
}
