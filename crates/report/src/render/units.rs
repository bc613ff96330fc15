//! Figures with units that people read.

const SI: [&str; 6] = ["", " k", " M", " G", " T", " P"];
const BINARY: [&str; 6] = [" B", " KiB", " MiB", " GiB", " TiB", " PiB"];
const SECONDS: [&str; 4] = [" ns", " µs", " ms", " s"];
const JOULES: [&str; 5] = [" pJ", " nJ", " µJ", " mJ", " J"];

/// Three significant digits, without an exponent.
pub fn significant(value: f64) -> String {
    let magnitude = value.abs();
    let decimals = if magnitude >= 99.95 {
        0
    } else if magnitude >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// A count in thousands, millions and so on: `386 M`.
pub fn count(value: f64) -> String {
    if value.abs() < 1000.0 && value.fract() == 0.0 {
        return format!("{value:.0}");
    }
    scaled(value, 1000.0, &SI)
}

/// Bytes in KiB, MiB and so on.
pub fn bytes(value: u64) -> String {
    if value < 1024 {
        return format!("{value} B");
    }
    scaled(value as f64, 1024.0, &BINARY)
}

/// Seconds in s, ms, µs or ns.
pub fn seconds(value: f64) -> String {
    scaled(value * 1e9, 1000.0, &SECONDS)
}

/// Joules in J, mJ, µJ, nJ or pJ.
pub fn joules(value: f64) -> String {
    scaled(value * 1e12, 1000.0, &JOULES)
}

/// A share as a percentage with one decimal.
pub fn percent(share: f64) -> String {
    // Nothing is not below zero.
    format!("{:.1} %", (1000.0 * share).round() / 10.0 + 0.0)
}

/// A ratio such as `1.65×`; a dash where there is none.
pub fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{}×", significant(ratio)))
}

/// A whole number with its digits in groups of three: `1,234,567`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut index = 0;
    // A value that would round up to the next unit is written in it.
    while value.abs() >= step - 0.5 && index + 1 < units.len() {
        value /= step;
        index += 1;
    }
    format!("{}{}", significant(value), units[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_three_digits() {
        assert_eq!(count(385_814_752.0), "386 M");
        assert_eq!(count(999.0), "999");
        assert_eq!(count(999_999.0), "1.00 M");
        assert_eq!(count(0.0), "0");
        assert_eq!(bytes(638_976), "624 KiB");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(seconds(0.001_234), "1.23 ms");
        assert_eq!(joules(0.001_003), "1.00 mJ");
        assert_eq!(percent(0.1234), "12.3 %");
        assert_eq!(times(Some(1.654)), "1.65×");
        assert_eq!(times(None), "–");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(12), "12");
    }
}
