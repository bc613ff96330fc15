//! Functions that are composed of others, on a chain: a kernel for every step.

use tilesim_graph::{Elementary, Joining, Term};
use tilesim_program::vertex::vector::{BinaryOp, NonLinearity, UnaryOp};

use super::{elementwise::Chain, fill};
use crate::layout::Value;

/// Applies a term to a chain, which is its first operand and goes on as its result; `second` is its second operand.
///
/// What a term needs more than once is worked out once, beside the chain. Whatever stands beside the chain is worked out before
/// the chain overwrites anything.
pub(super) fn apply(chain: &mut Chain, term: &Term, second: Option<&Value>) {
    if term.joins_operand(0) || *term == Term::Operand(0) {
        chain.keep();
    }
    let mut composer = Composer {
        operands: [Some(chain.value().clone()), second.cloned()],
        shared: term.shared(),
        known: Vec::new(),
        branches: 0,
    };
    composer.follow(chain, term);
    if *term == Term::Operand(0) {
        chain.copy();
    }
}

struct Composer<'t> {
    operands: [Option<Value>; 2],
    /// Terms that are worked out beside the chain because they are needed more than once.
    shared: Vec<&'t Term>,
    /// Those of them that have been.
    known: Vec<(&'t Term, Value)>,
    /// Chains beside the first one so far.
    branches: usize,
}

impl<'t> Composer<'t> {
    /// Applies a term to a chain that begins with the term's first operand.
    fn follow(&mut self, chain: &mut Chain, term: &'t Term) {
        if self.shared.contains(&term) {
            let value = self.value(chain, term);
            chain.go_on_with(value);
        } else {
            self.step(chain, term);
        }
    }

    fn step(&mut self, chain: &mut Chain, term: &'t Term) {
        match term {
            Term::Operand(_) => {}
            Term::Of(function, of) => {
                self.follow(chain, of);
                let (what, op) = kernel(*function);
                chain.unary(what, op);
            }
            Term::With(joining, of, constant) => {
                self.follow(chain, of);
                with_constant(chain, *joining, *constant);
            }
            Term::Join(joining, first, other) => {
                let other = self.value(chain, other);
                self.follow(chain, first);
                join(chain, *joining, &other);
            }
        }
    }

    /// The value of a term, worked out beside the chain.
    fn value(&mut self, chain: &mut Chain, term: &'t Term) -> Value {
        if let Some((_, value)) = self.known.iter().find(|(known, _)| *known == term) {
            return value.clone();
        }
        let operand = self.operands.get(term.begins_with()).cloned().flatten();
        // Terms name no operand that there is not.
        let operand = operand.unwrap_or_else(|| chain.value().clone());
        if matches!(term, Term::Operand(_)) {
            return operand;
        }
        self.branches += 1;
        let name = format!("{}/part {}", chain.name(), self.branches);
        let mut branch = Chain::not_own(chain.context, name, operand);
        self.step(&mut branch, term);
        let value = branch.finish();
        if self.shared.contains(&term) {
            self.known.push((term, value.clone()));
        }
        value
    }
}

fn with_constant(chain: &mut Chain, joining: Joining, constant: f64) {
    let (what, op) = binary(joining);
    // No kernel raises to a constant power: the constant is put beside every element.
    if op == BinaryOp::Power {
        let name = format!("{}/exponent", chain.name());
        let like = chain.value().clone();
        let exponents = fill::filled(chain.context, &name, &like, constant);
        join(chain, joining, &exponents);
    } else {
        chain.scalar(what, op, constant);
    }
}

fn join(chain: &mut Chain, joining: Joining, other: &Value) {
    if joining == Joining::Gate {
        chain.gradient("gate", NonLinearity::Relu, other);
        return;
    }
    let shape = chain.value().shape().to_vec();
    let (what, op) = binary(joining);
    chain.operand(what, op, other, &shape);
}

/// The name of a step, and its kernel. What is not positive is no other operand's: see [`join`].
const fn binary(joining: Joining) -> (&'static str, BinaryOp) {
    match joining {
        Joining::Add => ("add", BinaryOp::Add),
        Joining::Subtract => ("subtract", BinaryOp::Subtract),
        Joining::Multiply | Joining::Gate => ("multiply", BinaryOp::Multiply),
        Joining::Divide => ("divide", BinaryOp::Divide),
        Joining::Maximum => ("maximum", BinaryOp::Maximum),
        Joining::Minimum => ("minimum", BinaryOp::Minimum),
        Joining::Power => ("power", BinaryOp::Power),
    }
}

const fn kernel(function: Elementary) -> (&'static str, UnaryOp) {
    match function {
        Elementary::Absolute => ("absolute", UnaryOp::Absolute),
        Elementary::Cosine => ("cosine", UnaryOp::Cosine),
        Elementary::Erf => ("error function", UnaryOp::Erf),
        Elementary::Exponential => ("exponentiate", UnaryOp::Exponent),
        Elementary::ExponentialMinusOne => ("exponentiate and subtract one", UnaryOp::ExponentMinusOne),
        Elementary::Floor => ("floor", UnaryOp::Floor),
        Elementary::Inverse => ("invert", UnaryOp::Inverse),
        Elementary::InverseSquareRoot => ("inverse square root", UnaryOp::ReciprocalSquareRoot),
        Elementary::Logarithm => ("logarithm", UnaryOp::Logarithm),
        Elementary::Negate => ("negate", UnaryOp::Negate),
        Elementary::Relu => ("relu", UnaryOp::Relu),
        Elementary::Round => ("round", UnaryOp::Round),
        Elementary::Sigmoid => ("sigmoid", UnaryOp::Sigmoid),
        Elementary::Sign => ("sign", UnaryOp::Signum),
        Elementary::Sine => ("sine", UnaryOp::Sine),
        Elementary::SquareRoot => ("square root", UnaryOp::SquareRoot),
        Elementary::Square => ("square", UnaryOp::Square),
        Elementary::Tanh => ("tanh", UnaryOp::Tanh),
    }
}
