//! Groups of spatial convolutions.

use crate::ModelError;

/// Groups of a spatial convolution with `channels` channels in groups of `group_size`: channels / group size, rounded down,
/// at least 1 (Masters et al. 2021).
///
/// Where the width follows from an expansion, the group size must divide it. The first stage has no expansion, so its width
/// is that of the network before it: there it is enough that the number of groups divides the channels, and groups may be
/// larger than asked for.
pub(super) fn groups(block: &str, channels: u64, group_size: u64, expanded: bool) -> Result<u64, ModelError> {
    let groups = channels.checked_div(group_size).unwrap_or(0).max(1);
    if expanded && !channels.is_multiple_of(group_size) {
        return Err(ModelError::GroupSize {
            block: block.to_owned(),
            channels,
            group_size,
        });
    }
    if !channels.is_multiple_of(groups) {
        return Err(ModelError::UnevenGroups {
            block: block.to_owned(),
            channels,
            group_size,
            groups,
        });
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expanded_widths_divide_exactly() {
        assert_eq!(groups("block2a", 96, 16, true), Ok(6));
        assert!(matches!(
            groups("block2a", 96, 36, true),
            Err(ModelError::GroupSize { channels: 96, .. })
        ));
    }

    #[test]
    fn unexpanded_widths_take_the_groups_that_fit() {
        assert_eq!(groups("block1a", 40, 16, false), Ok(2));
        assert_eq!(groups("block1b", 24, 32, false), Ok(1));
        assert!(matches!(
            groups("block1a", 56, 16, false),
            Err(ModelError::UnevenGroups {
                channels: 56,
                groups: 3,
                ..
            })
        ));
    }
}
