//! What pointwise functions and their gradients are composed of: functions for which machines have kernels, in as few steps as it takes.
//!
//! Written so that no intermediate result overflows where the function does not: exponents are never positive unless the result
//! is an exponential.

#![expect(clippy::float_cmp, reason = "constants that change nothing do so exactly")]

use std::f64::consts::FRAC_2_SQRT_PI;

use super::Activation;

/// Functions of one operand that others are composed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the function")]
pub enum Elementary {
    Absolute,
    Cosine,
    Erf,
    Exponential,
    ExponentialMinusOne,
    Floor,
    Inverse,
    InverseSquareRoot,
    Logarithm,
    Negate,
    Relu,
    Round,
    Sigmoid,
    Sign,
    Sine,
    SquareRoot,
    Square,
    Tanh,
}

/// How two operands are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// a + b.
    Add,
    /// a − b.
    Subtract,
    /// a · b.
    Multiply,
    /// a / b.
    Divide,
    /// The larger one.
    Maximum,
    /// The smaller one.
    Minimum,
    /// a to the power b.
    Power,
    /// a where b is positive, and else 0: the gradient of a rectifier whose output is b.
    Gate,
}

/// A function composed of others.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// An operand by its index: of a function x; of a gradient that of the output, then what the gradient reads.
    Operand(usize),
    /// A function of a term.
    Of(Elementary, Box<Self>),
    /// A term and a constant.
    With(Joining, Box<Self>, f64),
    /// Two terms.
    Join(Joining, Box<Self>, Box<Self>),
}

impl Term {
    fn of(self, function: Elementary) -> Self {
        Self::Of(function, Box::new(self))
    }

    fn with(self, joining: Joining, constant: f64) -> Self {
        Self::With(joining, Box::new(self), constant)
    }

    /// Plus a constant; itself where that is 0.
    fn plus(self, constant: f64) -> Self {
        if constant == 0.0 {
            self
        } else {
            self.with(Joining::Add, constant)
        }
    }

    /// Times a constant; itself where that is 1.
    fn times(self, constant: f64) -> Self {
        if constant == 1.0 {
            self
        } else {
            self.with(Joining::Multiply, constant)
        }
    }

    fn join(self, joining: Joining, other: Self) -> Self {
        Self::Join(joining, Box::new(self), Box::new(other))
    }

    fn negated(self) -> Self {
        self.of(Elementary::Negate)
    }

    /// ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|).
    fn softplus(self) -> Self {
        let decaying = self
            .clone()
            .of(Elementary::Absolute)
            .negated()
            .of(Elementary::Exponential);
        let rest = decaying.plus(1.0).of(Elementary::Logarithm);
        self.of(Elementary::Relu).join(Joining::Add, rest)
    }

    /// A constant power.
    fn power(self, exponent: f64) -> Self {
        match exponent {
            1.0 => self,
            2.0 => self.of(Elementary::Square),
            3.0 => self.clone().join(Joining::Multiply, self.of(Elementary::Square)),
            4.0 => self.of(Elementary::Square).of(Elementary::Square),
            0.5 => self.of(Elementary::SquareRoot),
            -0.5 => self.of(Elementary::InverseSquareRoot),
            -1.0 => self.of(Elementary::Inverse),
            -2.0 => self.of(Elementary::Square).of(Elementary::Inverse),
            _ => self.with(Joining::Power, exponent),
        }
    }

    /// The term, and those that it is made of, each as often as it stands there.
    fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Operand(_) => {}
            Self::Of(_, of) | Self::With(_, of, _) => of.walk(visit),
            Self::Join(_, first, second) => {
                first.walk(visit);
                second.walk(visit);
            }
        }
    }

    /// Terms other than operands that it needs more than once, and are worked out once.
    pub fn shared(&self) -> Vec<&Self> {
        let (mut seen, mut shared): (Vec<&Self>, Vec<&Self>) = (Vec::new(), Vec::new());
        self.walk(&mut |term| {
            if matches!(term, Self::Operand(_)) {
                return;
            }
            if !seen.contains(&term) {
                seen.push(term);
            } else if !shared.contains(&term) {
                shared.push(term);
            }
        });
        shared
    }

    /// Whether it joins an operand, as it is, to what else it works out.
    pub fn joins_operand(&self, index: usize) -> bool {
        let mut joins = false;
        self.walk(&mut |term| {
            joins |= matches!(term, Self::Join(_, _, other) if **other == Self::Operand(index));
        });
        joins
    }

    /// The operand from which it is worked out first.
    pub fn begins_with(&self) -> usize {
        match self {
            Self::Operand(index) => *index,
            Self::Of(_, of) | Self::With(_, of, _) | Self::Join(_, of, _) => of.begins_with(),
        }
    }

    /// Operations of one element, those of a term that it needs more than once counted once.
    pub(super) fn operations(&self) -> u64 {
        let mut seen: Vec<&Self> = Vec::new();
        let mut operations = 0;
        self.walk(&mut |term| {
            if seen.contains(&term) {
                return;
            }
            seen.push(term);
            operations += match term {
                Self::Operand(_) => 0,
                // A comparison and a choice.
                Self::Join(Joining::Gate, ..) => 2,
                // Exponential, addition, division.
                Self::Of(Elementary::Sigmoid, _) => 3,
                _ => 1,
            };
        });
        operations
    }
}

impl Activation {
    /// What the function of operand 0 is composed of; `None` for those that are a kernel or have programs of their own.
    pub fn composition(self) -> Option<Term> {
        use Elementary::{
            Absolute, Cosine, Erf, Exponential, ExponentialMinusOne, Floor, Inverse, Logarithm, Relu, Round,
            Sigmoid, Sign, Sine, Square, SquareRoot, Tanh,
        };
        use Joining::{Add, Divide, Gate, Maximum, Minimum, Multiply};
        let x = || Term::Operand(0);
        Some(match self {
            Self::Swish
            | Self::Sigmoid
            | Self::Relu
            | Self::Relu6
            | Self::HardSwish
            | Self::HardSigmoid
            | Self::Tanh
            | Self::Gelu
            | Self::GeluTanh => return None,
            Self::ScaledSwish { rate } => x().join(Multiply, x().times(rate.value()).of(Sigmoid)),
            Self::LeakyRelu { slope } => {
                let joining = if slope.value() <= 1.0 { Maximum } else { Minimum };
                x().join(joining, x().with(Multiply, slope.value()))
            }
            Self::Elu {
                scale,
                amplitude,
                rate,
            } => {
                let below = x()
                    .with(Minimum, 0.0)
                    .times(rate.value())
                    .of(ExponentialMinusOne)
                    .times(amplitude.value());
                x().of(Relu).times(scale.value()).join(Add, below)
            }
            Self::Softplus => x().softplus(),
            Self::Softsign => x().join(Divide, x().of(Absolute).plus(1.0)),
            Self::Mish => x().join(Multiply, x().softplus().of(Tanh)),
            Self::Ramp { slope, shift } => x()
                .times(slope.value())
                .plus(shift.value())
                .of(Relu)
                .with(Minimum, 1.0),
            Self::Clip { low, high } => bounded(x(), low.value(), high.value()),
            Self::ThresholdedRelu { threshold } => x().join(Gate, x().plus(-threshold.value())),
            Self::Shrink { threshold, bias } => {
                let above = x().plus(-bias.value()).join(Gate, x().plus(-threshold.value()));
                let below = x()
                    .plus(bias.value())
                    .join(Gate, x().negated().plus(-threshold.value()));
                above.join(Add, below)
            }
            Self::Exponential => x().of(Exponential),
            Self::Logarithm => x().of(Logarithm),
            Self::SquareRoot => x().of(SquareRoot),
            Self::Reciprocal => x().of(Inverse),
            Self::Square => x().of(Square),
            Self::Power { exponent } => x().power(exponent.value()),
            Self::Absolute => x().of(Absolute),
            Self::Negate => x().negated(),
            Self::Sign => x().of(Sign),
            Self::Floor => x().of(Floor),
            Self::Ceiling => x().negated().of(Floor).negated(),
            Self::Round => x().of(Round),
            Self::Sine => x().of(Sine),
            Self::Cosine => x().of(Cosine),
            Self::ErrorFunction => x().of(Erf),
        })
    }

    /// What the gradient of the operand is composed of, from that of the output (operand 0) and what the gradient
    /// [reads](Self::gradient_operand) (operand 1); `None` for those that are a kernel or have programs of their own, and where
    /// there is no gradient.
    pub fn gradient_composition(self) -> Option<Term> {
        use Elementary::{Absolute, Cosine, Exponential, Sigmoid, Sign, Sine, Square, Tanh};
        use Joining::{Add, Divide, Gate, Minimum, Multiply, Subtract};
        let gradient = || Term::Operand(0);
        let operand = || Term::Operand(1);
        let gated = |gate: Term| gradient().join(Gate, gate);
        Some(match self {
            Self::Swish
            | Self::Sigmoid
            | Self::Relu
            | Self::Relu6
            | Self::HardSwish
            | Self::HardSigmoid
            | Self::Tanh
            | Self::Gelu
            | Self::GeluTanh
            | Self::Sign
            | Self::Floor
            | Self::Ceiling
            | Self::Round => return None,
            // s + rate · (s · x) · (1 − s): where s · x is large, 1 − s is 0.
            Self::ScaledSwish { rate } => {
                let sigmoid = || operand().times(rate.value()).of(Sigmoid);
                let rest = sigmoid()
                    .join(Multiply, operand())
                    .join(Multiply, sigmoid().negated().plus(1.0))
                    .times(rate.value());
                gradient().join(Multiply, sigmoid().join(Add, rest))
            }
            Self::LeakyRelu { slope } => {
                let above = gated(operand()).times(1.0 - slope.value());
                gradient().with(Multiply, slope.value()).join(Add, above)
            }
            Self::Elu {
                scale,
                amplitude,
                rate,
            } => {
                let above = || gated(operand());
                let decaying = operand()
                    .with(Minimum, 0.0)
                    .times(rate.value())
                    .of(Exponential)
                    .times(amplitude.value() * rate.value());
                let below = gradient().join(Subtract, above()).join(Multiply, decaying);
                above().times(scale.value()).join(Add, below)
            }
            Self::Softplus => gradient().join(Multiply, operand().of(Sigmoid)),
            Self::Softsign => gradient().join(Divide, operand().of(Absolute).plus(1.0).of(Square)),
            Self::Mish => {
                let tanh = || operand().softplus().of(Tanh);
                let rest = operand()
                    .join(Multiply, operand().of(Sigmoid))
                    .join(Multiply, tanh().of(Square).negated().plus(1.0));
                gradient().join(Multiply, tanh().join(Add, rest))
            }
            Self::Ramp { slope, .. } => gated(operand())
                .join(Gate, operand().negated().plus(1.0))
                .times(slope.value()),
            Self::Clip { low, high } => {
                let mut term = gradient();
                if low.value().is_finite() {
                    term = term.join(Gate, operand().plus(-low.value()));
                }
                if high.value().is_finite() {
                    term = term.join(Gate, operand().negated().plus(high.value()));
                }
                term
            }
            Self::ThresholdedRelu { threshold } => gated(operand().plus(-threshold.value())),
            Self::Shrink { threshold, .. } => gated(operand().plus(-threshold.value()))
                .join(Add, gated(operand().negated().plus(-threshold.value()))),
            Self::Exponential => gradient().join(Multiply, operand()),
            Self::Logarithm => gradient().join(Divide, operand()),
            Self::SquareRoot => gradient().times(0.5).join(Divide, operand()),
            Self::Reciprocal => gradient().join(Multiply, operand().of(Square)).negated(),
            Self::Square => gradient().times(2.0).join(Multiply, operand()),
            Self::Power { exponent } => match exponent.value() {
                0.0 => gradient().with(Multiply, 0.0),
                1.0 => gradient(),
                exponent => gradient()
                    .times(exponent)
                    .join(Multiply, operand().power(exponent - 1.0)),
            },
            Self::Absolute => gradient().join(Multiply, operand().of(Sign)),
            Self::Negate => gradient().negated(),
            Self::Sine => gradient().join(Multiply, operand().of(Cosine)),
            Self::Cosine => gradient().join(Multiply, operand().of(Sine)).negated(),
            Self::ErrorFunction => gradient()
                .times(FRAC_2_SQRT_PI)
                .join(Multiply, operand().of(Square).negated().of(Exponential)),
        })
    }
}

/// A term within bounds, as far as they are finite.
fn bounded(mut term: Term, low: f64, high: f64) -> Term {
    if low.is_finite() {
        term = if low == 0.0 {
            term.of(Elementary::Relu)
        } else {
            term.with(Joining::Maximum, low)
        };
    }
    if high.is_finite() {
        term = term.with(Joining::Minimum, high);
    }
    term
}

#[cfg(test)]
mod tests;
