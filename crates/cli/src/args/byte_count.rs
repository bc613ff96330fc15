//! Numbers of bytes as they are written: `500MB`, `4GiB`.

/// Units of bytes.
const UNITS: [(&str, f64); 10] = [
    ("", 1.0),
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// A number of bytes.
pub(super) fn byte_count(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text
        .find(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()));
    let bytes = factor.and_then(|(_, factor)| Some(number.trim().parse::<f64>().ok()? * factor));
    bytes
        .filter(|bytes| (1.0..=1e18).contains(bytes))
        .map(|bytes| bytes as u64)
        .ok_or_else(|| "expected a number of bytes, such as 500MB or 4GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        assert_eq!(byte_count("123"), Ok(123));
        assert_eq!(byte_count("1.5 kB"), Ok(1500));
        assert_eq!(byte_count("4GiB"), Ok(4 << 30));
        assert_eq!(byte_count("2tb"), Ok(2_000_000_000_000));
        for text in ["", "GB", "-1GB", "0", "NaN", "1e300", "4 gallons"] {
            assert!(byte_count(text).is_err(), "{text}");
        }
    }
}
