//! What keys are called where there is little room.

/// What stands after the last point of a key or path; all of it where a number says of which of several it is:
///
/// ```
/// use tilesim_study::short_key;
///
/// assert_eq!(short_key("time.images_per_second"), "images_per_second");
/// assert_eq!(short_key("stages.3.group_size"), "stages.3.group_size");
/// ```
pub fn short_key(key: &str) -> &str {
    match key.rsplit_once('.') {
        Some((before, _)) if one_of_several(before).is_some() => key,
        Some((_, last)) => last,
        None => key,
    }
}

/// The same as people write it: `stage 3 group size`.
pub fn spoken_key(key: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key).replace('_', " ");
    match key
        .rsplit_once('.')
        .and_then(|(before, _)| one_of_several(before))
    {
        Some((several, number)) => {
            format!("{} {number} {last}", several.strip_suffix('s').unwrap_or(several))
        }
        None => last,
    }
}

/// Names of several, and the number of one: those of `stages.3`.
fn one_of_several(text: &str) -> Option<(&str, u64)> {
    let (several, number) = text.rsplit_once('.')?;
    Some((several, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_told_apart() {
        for (key, short, spoken) in [
            (
                "machine.tile_memory_bytes",
                "tile_memory_bytes",
                "tile memory bytes",
            ),
            ("batch", "batch", "batch"),
            ("stages.3.group_size", "stages.3.group_size", "stage 3 group size"),
            ("stages.x.group_size", "group_size", "group size"),
        ] {
            assert_eq!((short_key(key), spoken_key(key).as_str()), (short, spoken));
        }
    }
}
