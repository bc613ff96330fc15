//! Numbers within bounds.

use std::time::Duration;

/// A share: above 0, at most 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "expected a number above 0, at most 1".to_owned())
}

/// A duration in seconds, above 0.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    number(text)
        .filter(|seconds| *seconds > 0.0 && *seconds <= 1e9)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

/// A number from 0 on, below 1.
pub(super) fn below_one(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| "expected a number from 0 on, below 1".to_owned())
}

/// A percentage, with or without its sign.
pub(super) fn percentage(text: &str) -> Result<f64, String> {
    number(text.trim_end_matches('%'))
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "expected a number between 0 and 100".to_owned())
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_percentages() {
        assert_eq!(share("0.6"), Ok(0.6));
        assert!(
            ["0", "1.1", "x", "NaN"]
                .into_iter()
                .all(|text| share(text).is_err())
        );
        assert_eq!(percentage("99.5%"), Ok(99.5));
        assert!(
            ["-1", "101", "x", "NaN"]
                .into_iter()
                .all(|text| percentage(text).is_err())
        );
    }
}
