//! Compositions against definitions, in double precision.

use super::{Elementary, Joining, Term};
use crate::activation::{Activation, GradientOperand};
use tilesim_terms::Scalar;

fn computed(term: &Term, operands: &[f64]) -> f64 {
    match term {
        Term::Operand(index) => operands[*index],
        Term::Of(function, of) => {
            let x = computed(of, operands);
            match function {
                Elementary::Absolute => x.abs(),
                Elementary::Cosine => x.cos(),
                Elementary::Erf => libm::erf(x),
                Elementary::Exponential => x.exp(),
                Elementary::ExponentialMinusOne => x.exp_m1(),
                Elementary::Floor => x.floor(),
                Elementary::Inverse => x.recip(),
                Elementary::InverseSquareRoot => x.sqrt().recip(),
                Elementary::Logarithm => x.ln(),
                Elementary::Negate => -x,
                Elementary::Relu => x.max(0.0),
                Elementary::Round => x.round_ties_even(),
                Elementary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
                Elementary::Sign => Activation::Sign.value(x),
                Elementary::Sine => x.sin(),
                Elementary::SquareRoot => x.sqrt(),
                Elementary::Square => x * x,
                Elementary::Tanh => x.tanh(),
            }
        }
        Term::With(joining, of, constant) => joined(*joining, computed(of, operands), *constant),
        Term::Join(joining, a, b) => joined(*joining, computed(a, operands), computed(b, operands)),
    }
}

fn joined(joining: Joining, a: f64, b: f64) -> f64 {
    match joining {
        Joining::Add => a + b,
        Joining::Subtract => a - b,
        Joining::Multiply => a * b,
        Joining::Divide => a / b,
        Joining::Maximum => a.max(b),
        Joining::Minimum => a.min(b),
        Joining::Power => a.powf(b),
        Joining::Gate => {
            if b > 0.0 {
                a
            } else {
                0.0
            }
        }
    }
}

/// Every function that is composed, with parameters that are not those of its definition.
fn composed() -> Vec<Activation> {
    let number = Scalar::new;
    let mut all = vec![
        Activation::ScaledSwish { rate: number(1.702) },
        Activation::LeakyRelu { slope: number(0.1) },
        Activation::LeakyRelu { slope: number(1.5) },
        Activation::LeakyRelu { slope: number(-0.5) },
        Activation::elu(0.7),
        Activation::selu(1.673, 1.051),
        Activation::celu(1.3),
        Activation::Softplus,
        Activation::Softsign,
        Activation::Mish,
        Activation::Ramp {
            slope: number(0.2),
            shift: number(0.5),
        },
        Activation::ThresholdedRelu {
            threshold: number(0.6),
        },
        Activation::Shrink {
            threshold: number(0.5),
            bias: number(0.3),
        },
        Activation::Exponential,
        Activation::Logarithm,
        Activation::SquareRoot,
        Activation::Reciprocal,
        Activation::Square,
        Activation::Absolute,
        Activation::Negate,
        Activation::Sign,
        Activation::Floor,
        Activation::Ceiling,
        Activation::Round,
        Activation::Sine,
        Activation::Cosine,
        Activation::ErrorFunction,
    ];
    for (low, high) in [
        (-0.4, 0.8),
        (0.0, 1.0),
        (f64::NEG_INFINITY, 0.3),
        (-0.2, f64::INFINITY),
    ] {
        let (low, high) = (number(low), number(high));
        all.push(Activation::Clip { low, high });
    }
    let exponents = [0.0, 0.5, 1.0, 1.7, 2.0, 3.0, 4.0, -0.5, -1.0, -2.0];
    all.extend(exponents.map(|exponent| Activation::Power {
        exponent: number(exponent),
    }));
    all
}

fn close(got: f64, expected: f64) -> bool {
    got == expected
        || got.is_nan() && expected.is_nan()
        || (got - expected).abs() <= 1e-12 * (1.0 + expected.abs())
}

#[test]
fn compositions_compute_what_definitions_say() {
    for activation in composed() {
        let term = activation.composition().expect("a composition");
        assert_eq!(term.begins_with(), 0, "{activation:?}");
        for x in [
            -600.0, -21.0, -2.5, -1.5, -0.7, -0.25, 0.1, 0.5, 0.55, 1.5, 2.5, 21.0, 600.0,
        ] {
            let (got, expected) = (computed(&term, &[x]), activation.value(x));
            assert!(
                close(got, expected),
                "{activation:?} of {x}: {got}, not {expected}"
            );
        }
    }
}

#[test]
fn compositions_of_gradients_are_slopes() {
    for activation in composed() {
        let Some(term) = activation.gradient_composition() else {
            assert!(!activation.has_gradient(), "{activation:?}");
            continue;
        };
        assert_eq!(term.begins_with(), 0, "{activation:?}");
        for x in [
            -600.0, -21.0, -2.5, -1.5, -0.7, -0.25, 0.1, 0.5, 0.55, 1.5, 2.5, 21.0, 600.0,
        ] {
            let operand = match activation.gradient_operand() {
                GradientOperand::Input => x,
                GradientOperand::Output => activation.value(x),
            };
            let (got, expected) = (computed(&term, &[0.3, operand]), 0.3 * activation.slope(operand));
            assert!(
                close(got, expected),
                "{activation:?} at {x}: {got}, not {expected}"
            );
        }
    }
}

#[test]
fn terms_that_are_needed_twice_are_known() {
    let mish = Activation::Mish.gradient_composition().expect("a composition");
    assert!(
        mish.shared()
            .iter()
            .any(|term| matches!(term, Term::Of(Elementary::Tanh, _)))
    );
    assert!(!Activation::Mish.composition().expect("one").joins_operand(0));
}
