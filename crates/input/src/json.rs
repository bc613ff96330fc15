//! JSON, read with all mistakes in it.

use jsonc_parser::{ast::Value, common::Ranged};
use serde::de::DeserializeOwned;

use crate::{
    Mistake, Mistakes,
    place::{Found, find, line_and_column, tree},
    wording::{is_unknown_field, missing, reworded},
};

/// Mistakes of one file that are named at most.
const MOST: usize = 20;
/// The member by which an editor knows what a file is; it means nothing to us.
const SCHEMA: &str = "$schema";

/// A value from the JSON text of a file, which `origin` names. A member `$schema` of the whole says what the file is to editors, and is
/// accepted in all files.
///
/// # Errors
/// All that is wrong with the text, as far as the reader gets: what a member without mistakes would be is found out by reading the text
/// again without those that have any.
pub fn parse<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T, Mistakes> {
    let without = without_schema(text);
    let text = without.as_deref().unwrap_or(text);
    let first = match read(text) {
        Ok(value) => return Ok(value),
        Err(fault) => fault,
    };
    Err(Mistakes {
        origin: origin.to_owned(),
        all: all::<T>(text, first),
    })
}

/// A mistake as the reader sees it.
struct Fault {
    /// Path of the field; empty for the whole.
    field: String,
    error: serde_json::Error,
}

impl Fault {
    /// The mistake, at the place where the reader stopped.
    fn mistake(&self) -> Mistake {
        Mistake {
            line: self.error.line().max(1),
            column: self.error.column().max(1),
            field: self.field.clone(),
            reason: reworded(&self.error.to_string()),
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // The whole reads `.`, and a text that ends too soon `?`.
        let path = error.path().to_string();
        Fault {
            field: if matches!(path.as_str(), "." | "?") {
                String::new()
            } else {
                path
            },
            error: error.into_inner(),
        }
    })?;
    // Nothing stands behind it.
    deserializer.end().map_err(|error| Fault {
        field: String::new(),
        error,
    })?;
    Ok(value)
}

/// All mistakes of a text, in the order of their places.
fn all<T: DeserializeOwned>(text: &str, first: Fault) -> Vec<Mistake> {
    let Some(root) = tree(text) else {
        return unstructured(text, &first);
    };
    let (mut mistakes, mut taken_out) = (Vec::new(), Vec::new());
    let (mut rest, mut fault) = (text.to_owned(), first);
    while mistakes.len() < MOST {
        let mut mistake = fault.mistake();
        let found = find(&root, &fault.field);
        if let Some(found) = &found {
            (mistake.line, mistake.column) = line_and_column(text, start(found, &mistake.reason));
        }
        if missing(&mistake.reason)
            .is_some_and(|name| is_follow_up(&fault.field, name, &taken_out, &mistakes))
        {
            break;
        }
        mistakes.push(mistake);
        let Some(Found {
            member: Some((member, others)),
            ..
        }) = found
        else {
            break;
        };
        taken_out.push(fault.field);
        blank(&mut rest, text, member.start(), member.end());
        let left = others
            .iter()
            .filter(|other| rest.as_bytes().get(other.start()) == Some(&b'"'))
            .map(|other| (other.start(), other.end()))
            .collect::<Vec<_>>();
        separate(
            &mut rest,
            text,
            others.iter().map(|other| (other.start(), other.end())),
            &left,
        );
        match read::<T>(&rest) {
            Ok(_) => break,
            Err(next) => fault = next,
        }
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    mistakes
}

/// Whether that a field is missing is no mistake of its own: it was taken out, or is what another was meant to be. Nothing is known of
/// what stands around it then.
fn is_follow_up(object: &str, name: &str, taken_out: &[String], mistakes: &[Mistake]) -> bool {
    let field = [object, name].join(".");
    let meant = format!("(did you mean `{name}`");
    taken_out
        .iter()
        .any(|taken| taken == field.trim_start_matches('.'))
        || mistakes.iter().any(|mistake| mistake.reason.contains(&meant))
}

/// Where a mistake is: at the name of a field that there is not, at the value of one that there is.
fn start(found: &Found<'_, '_>, reason: &str) -> usize {
    match found.member {
        Some((member, _)) if is_unknown_field(reason) => member.start(),
        _ => found.value.start(),
    }
}

/// The mistakes of a text that is no JSON, or too much of it to look for fields: the first, and where it ceases to be JSON.
fn unstructured(text: &str, first: &Fault) -> Vec<Mistake> {
    let mut mistakes = vec![first.mistake()];
    if first.error.is_data()
        && let Err(error) = serde_json::from_str::<serde_json::Value>(text)
    {
        let fault = Fault {
            field: String::new(),
            error,
        };
        mistakes.push(fault.mistake());
    }
    mistakes
}

/// Puts blanks in the place of a part of a text, so that all other places stay what they are.
fn blank(rest: &mut String, text: &str, start: usize, end: usize) {
    let part = text.get(start..end).unwrap_or_default();
    let blanks: String = part
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    rest.replace_range(start..end, &blanks);
}

/// Puts commas between the members that are left of an object, and nowhere else in it.
fn separate(
    rest: &mut String,
    text: &str,
    members: impl Iterator<Item = (usize, usize)>,
    left: &[(usize, usize)],
) {
    let mut before: Option<usize> = None;
    for (start, end) in members {
        if let Some(before) = before
            && let Some(comma) = text[before..start].find(',')
        {
            rest.replace_range(before + comma..=before + comma, " ");
        }
        before = Some(end);
    }
    for pair in left.windows(2) {
        let (end, next) = (pair[0].1, pair[1].0);
        // There was one between them, so that there is room.
        if let Some(blank) = rest[end..next].find(' ') {
            rest.replace_range(end + blank..=end + blank, ",");
        }
    }
}

/// The text with blanks in the place of its member `$schema`, if that is a text.
fn without_schema(text: &str) -> Option<String> {
    if !text.contains("\"$schema\"") {
        return None;
    }
    let root = tree(text)?;
    let members = &root.as_object()?.properties;
    let place = members
        .iter()
        .position(|member| member.name.as_str() == SCHEMA && matches!(member.value, Value::StringLit(_)))?;
    let mut rest = text.to_owned();
    blank(&mut rest, text, members[place].start(), members[place].end());
    let spans = |skip: Option<usize>| {
        let kept = members
            .iter()
            .enumerate()
            .filter(move |(index, _)| Some(*index) != skip);
        kept.map(|(_, member)| (member.start(), member.end()))
    };
    separate(
        &mut rest,
        text,
        spans(None),
        &spans(Some(place)).collect::<Vec<_>>(),
    );
    Some(rest)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        tiles: u64,
        #[serde(default)]
        name: String,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        share: Option<f64>,
    }

    fn said(text: &str) -> String {
        parse::<Outer>(text, "my.json").expect_err("mistakes").to_string()
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let text = "{\n  \"tlies\": 3,\n  \"tiles\": 4, \"name\": 5,\n  \"inner\": [{\"share\": \"x\"}, {\"shar\": 1}]\n}";
        assert_eq!(
            said(text),
            "my.json:2:3: field `tlies`: unknown field `tlies` (did you mean `tiles`?); expected one of tiles, name, inner\n\
             my.json:3:23: field `name`: invalid type: integer `5`; expected a text\n\
             my.json:4:23: field `inner[0].share`: invalid type: string \"x\"; expected a number\n\
             my.json:4:30: field `inner[1].shar`: unknown field `shar` (did you mean `share`?); expected share"
        );
    }

    #[test]
    fn what_was_taken_out_is_not_missed() {
        assert_eq!(
            said("{\"tiles\": \"many\"}"),
            "my.json:1:11: field `tiles`: invalid type: string \"many\"; expected a whole number"
        );
        let renamed = said("{\"tlies\": 3}");
        assert!(
            renamed.starts_with("my.json:1:2: field `tlies`: ") && !renamed.contains('\n'),
            "{renamed}"
        );
        assert_eq!(said("{}"), "my.json:1:1: missing field `tiles`");
    }

    #[test]
    fn what_is_no_json() {
        for (text, place) in [
            ("", "my.json:1:1: "),
            ("{\"tiles\": }", "my.json:1:11: "),
            ("[1", "my.json:1:"),
        ] {
            assert!(said(text).starts_with(place), "{}", said(text));
        }
        assert!(said("{\"tiles\": 1} x").contains("trailing characters"));
        let both = said("{\"tlies\": 1,\n \"tiles\": }");
        assert!(both.contains("tlies") && both.contains("my.json:2:11"), "{both}");
        assert!(said(&("{\"foo\":".to_owned() + &"[".repeat(100_000))).contains("foo"));
    }

    #[test]
    fn a_schema_is_accepted_wherever_it_stands() {
        for text in [
            "{\"$schema\": \"x\", \"tiles\": 3}",
            "{\"tiles\": 3, \"$schema\": \"x\"}",
            "{\"tiles\":3,\"$schema\":\"x\",\"name\":\"\"}",
        ] {
            assert_eq!(parse::<Outer>(text, "my.json").expect("read").tiles, 3, "{text}");
        }
        assert!(said("{\"$schema\": 3, \"tiles\": 3}").contains("$schema"));
        // Its place is not lost by that.
        assert!(said("{\"$schema\": \"x\", \"tiles\": \"y\"}").starts_with("my.json:1:27: "));
    }
}
