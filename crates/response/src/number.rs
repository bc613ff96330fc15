//! Numbers that are varied, and which others lie beside them.

use std::fmt;

/// A number of a machine, a network or a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// One that counts.
    Whole(u64),
    /// One that measures.
    Decimal(f64),
}

/// Whole numbers that are offered on one side of a number, at most.
const OFFERED: u64 = 64;

impl Number {
    /// The number that a text states; nothing where it states none that is finite and not negative.
    pub fn of(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        let decimal = text.parse::<f64>().ok()?;
        (decimal.is_finite() && decimal >= 0.0).then_some(Self::Decimal(decimal))
    }

    /// The number in floating point.
    pub fn value(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Decimal(decimal) => decimal,
        }
    }
}

/// As a setting takes it.
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => whole.fmt(formatter),
            // With its point, so that it reads as what it is.
            Self::Decimal(decimal) => write!(formatter, "{decimal:?}"),
        }
    }
}

/// Numbers that are `factor` times as large (as small, where it is below 1), the nearest first: of a decimal that one, of a whole number
/// the next ones at least that far away and none of them 0, for not every one need be legal.
pub fn stepped(number: Number, factor: f64) -> Vec<Number> {
    match number {
        Number::Decimal(decimal) => vec![Number::Decimal(decimal * factor)],
        Number::Whole(whole) if factor > 1.0 => {
            let first = ((whole as f64 * factor).ceil() as u64).max(whole.saturating_add(1));
            (first..first.saturating_add(OFFERED))
                .map(Number::Whole)
                .collect()
        }
        Number::Whole(whole) => {
            let first = ((whole as f64 * factor).floor() as u64).min(whole.saturating_sub(1));
            let last = first.saturating_sub(OFFERED).max(1);
            (last..=first).rev().map(Number::Whole).collect()
        }
    }
}

/// Numbers near `factor` times as large, the nearest first.
pub fn on_curve(number: Number, factor: f64) -> Vec<Number> {
    match number {
        Number::Decimal(decimal) => vec![Number::Decimal(decimal * factor)],
        Number::Whole(whole) => {
            let near = (whole as f64 * factor).round() as u64;
            let around =
                (0..OFFERED).flat_map(|distance| [near.checked_sub(distance), near.checked_add(distance)]);
            let mut offered: Vec<u64> = around.flatten().filter(|offered| *offered > 0).collect();
            offered.dedup();
            offered.into_iter().map(Number::Whole).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbers_or_none() {
        assert_eq!(Number::of("16"), Some(Number::Whole(16)));
        assert_eq!(Number::of("1.0"), Some(Number::Decimal(1.0)));
        for none in ["native", "null", "-1", "inf", "NaN", "[1]"] {
            assert_eq!(Number::of(none), None, "{none}");
        }
        assert_eq!(Number::Decimal(1.0).to_string(), "1.0");
        assert_eq!(Number::Whole(3).to_string(), "3");
    }

    #[test]
    fn a_step_goes_to_the_next_whole_number_at_least() {
        let first = |number, factor| stepped(number, factor).first().copied();
        assert_eq!(first(Number::Whole(16), 1.1), Some(Number::Whole(18)));
        assert_eq!(first(Number::Whole(16), 1.0 / 1.1), Some(Number::Whole(14)));
        assert_eq!(first(Number::Whole(3), 1.1), Some(Number::Whole(4)));
        assert_eq!(first(Number::Whole(1), 1.0 / 1.1), None);
        assert_eq!(first(Number::Whole(2), 1.0 / 1.1), Some(Number::Whole(1)));
        assert_eq!(first(Number::Decimal(0.5), 2.0), Some(Number::Decimal(1.0)));
    }

    #[test]
    fn a_curve_takes_what_is_near() {
        let offered = on_curve(Number::Whole(16), 0.25);
        assert_eq!(offered[..3], [4, 3, 5].map(Number::Whole));
        assert!(
            on_curve(Number::Whole(1), 0.25)
                .iter()
                .all(|number| number.value() >= 1.0)
        );
    }
}
