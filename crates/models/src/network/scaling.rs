//! Scaling of channels and repeats, and names of blocks.

/// Channels scaled by the width: the nearest multiple of the divisor, the next one if that takes off more than a tenth
/// (Tan & Le 2019, `round_filters`).
pub(super) fn scaled_channels(channels: u64, width: f64, divisor: u64) -> u64 {
    let exact = channels as f64 * width;
    let rounded = (((exact + divisor as f64 / 2.0) as u64) / divisor * divisor).max(divisor);
    if (rounded as f64) < 0.9 * exact {
        rounded + divisor
    } else {
        rounded
    }
}

/// Blocks scaled by the depth (Tan & Le 2019, `round_repeats`).
pub(super) fn scaled_repeats(repeats: u64, depth: f64) -> u64 {
    (repeats as f64 * depth).ceil() as u64
}

/// The letters that count blocks: a to z, then aa, ab, and so on.
pub(super) fn letters(index: u64) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        more => letters(more - 1) + &letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_round_to_the_divisor_but_never_far_down() {
        assert_eq!(scaled_channels(32, 1.2, 8), 40);
        assert_eq!(scaled_channels(32, 1.8, 8), 56);
        assert_eq!(scaled_channels(16, 0.25, 8), 8);
        // 12.5 would round to 8, which takes off more than a tenth.
        assert_eq!(scaled_channels(10, 1.15, 8), 16);
    }

    #[test]
    fn repeats_round_up() {
        assert_eq!(
            [
                scaled_repeats(1, 1.1),
                scaled_repeats(4, 3.1),
                scaled_repeats(2, 1.0)
            ],
            [2, 13, 2]
        );
    }

    #[test]
    fn letters_do_not_end() {
        assert_eq!(
            [letters(0), letters(25), letters(26), letters(27)],
            ["a", "z", "aa", "ab"]
        );
    }
}
