//! Where a field stands in a text.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{ObjectProp, Value},
    common::Ranged,
    parse_to_ast,
};

/// Longest text in which fields are looked for: a person writes a thousandth of it.
const LONGEST: usize = 1 << 20;

/// The values of a text with their places, where it is JSON.
pub(crate) fn tree(text: &str) -> Option<Value<'_>> {
    // The first reader knows how deep it may go, the second one does not.
    if text.len() > LONGEST || serde_json::from_str::<serde_json::Value>(text).is_err() {
        return None;
    }
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        ..ParseOptions::default()
    };
    parse_to_ast(text, &CollectOptions::default(), &strict)
        .ok()?
        .value
}

/// What stands at the end of a path such as `axes[0].range.from`.
pub(crate) struct Found<'a, 'b> {
    /// The value.
    pub(crate) value: &'b Value<'a>,
    /// The member that it is of, with its object's others; nothing where it is an element or the whole.
    pub(crate) member: Option<(&'b ObjectProp<'a>, &'b [ObjectProp<'a>])>,
}

/// Follows a path. Names may have dots of their own: the longest one that fits is taken.
pub(crate) fn find<'a, 'b>(root: &'b Value<'a>, path: &str) -> Option<Found<'a, 'b>> {
    let mut found = Found {
        value: root,
        member: None,
    };
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some((index, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let elements = &found.value.as_array()?.elements;
            found = Found {
                value: elements.get(index.parse::<usize>().ok()?)?,
                member: None,
            };
            rest = behind;
            continue;
        }
        let properties = &found.value.as_object()?.properties;
        let fits = |property: &&ObjectProp<'_>| {
            let behind = rest.strip_prefix(property.name.as_str());
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(['.', '[']))
        };
        // Of members of one name the last one is what is wrong with it.
        let property = properties
            .iter()
            .filter(fits)
            .max_by_key(|property| property.name.as_str().len())?;
        rest = &rest[property.name.as_str().len()..];
        found = Found {
            value: &property.value,
            member: Some((property, properties)),
        };
    }
    Some(found)
}

/// Line and column of a place in a text, from 1, columns in characters.
pub(crate) fn line_and_column(text: &str, place: usize) -> (usize, usize) {
    let before = text.get(..place).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

/// Line and column of the value of a field, or of what there is on the way to it.
pub(crate) fn of_field(text: &str, field: &str) -> Option<(usize, usize)> {
    let root = tree(text)?;
    let mut path = field;
    loop {
        if let Some(found) = find(&root, path) {
            return Some(line_and_column(text, found.value.start()));
        }
        path = path.rfind(['.', '[']).map_or("", |end| &path[..end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"ä\": 1, \"a.b\": {\"c\": 2},\n  \"list\": [{\"d\": 3},\n    {\"d\": 4}]\n}";

    #[test]
    fn fields_are_found() {
        for (field, place) in [
            ("", (1, 1)),
            ("ä", (2, 8)),
            ("a.b", (2, 18)),
            ("a.b.c", (2, 24)),
            ("list[1].d", (4, 11)),
            ("list[1].e", (4, 5)),
            ("list[7]", (3, 11)),
            ("nothing.there", (1, 1)),
        ] {
            assert_eq!(of_field(TEXT, field), Some(place), "{field}");
        }
        assert_eq!(of_field("{", "a"), None);
        assert_eq!(of_field(&"[".repeat(100_000), "a"), None);
    }
}
