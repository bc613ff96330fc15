//! What every page is: template, style, scripts, charting library and data in one HTML file.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use miniz_oxide::deflate::compress_to_vec_zlib;
use plotly::Plot;
use serde::Serialize;

const TEMPLATE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/page.css");

/// What the views of any page use, in the order in which it runs.
const SHARED: [&str; 4] = [
    include_str!("assets/script/unpack.js"),
    include_str!("assets/script/core.js"),
    include_str!("assets/script/table.js"),
    include_str!("assets/script/theme.js"),
];

/// How hard the data and the charting library are compressed: harder takes several times as long for a few bytes in a hundred.
const COMPRESSION_LEVEL: u8 = 6;

/// A page without its data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shell<'a> {
    /// Heading of the page.
    pub(crate) title: &'a str,
    /// Version of the simulator.
    pub(crate) version: &'a str,
    /// Its views, which run after what all pages share.
    pub(crate) scripts: &'a [&'a str],
}

impl Shell<'_> {
    /// The page as one HTML file that asks no server for anything.
    ///
    /// # Errors
    /// When the data cannot be written as JSON.
    pub(crate) fn filled_with(&self, data: &impl Serialize) -> Result<String, serde_json::Error> {
        let scripts = [SHARED.as_slice(), self.scripts].concat().join("\n");
        let values = [
            ("version", escaped(self.version)),
            ("title", escaped(self.title)),
            ("style", STYLE.to_owned()),
            ("data", packed(&serde_json::to_vec(data)?)),
            ("charts", packed(charting_library().as_bytes())),
            ("script", format!("(async () => {{\n{scripts}\n}})();")),
        ];
        Ok(filled(TEMPLATE, &values))
    }
}

/// The template with every `{{name}}` replaced by its value; what is within values stays as it is.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let mut text =
        String::with_capacity(template.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(of, _)| *of == name) {
            text.push_str(value);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Bytes as `unpack.js` reads them: deflated with zlib's header, in base 64. A training system has tens of thousands of steps, whose
/// names and figures repeat each other; as plain text they would be two thirds of the page, and the charting library the rest.
fn packed(bytes: &[u8]) -> String {
    BASE64.encode(compress_to_vec_zlib(bytes, COMPRESSION_LEVEL))
}

/// Plotly.js as the crate `plotly` carries it, without its second script: `MathJax`, which no label needs.
fn charting_library() -> String {
    let sources = Plot::offline_js_sources();
    let script = sources.split("</script>").next().unwrap_or_default();
    let start = script.find('>').map_or(0, |end| end + 1);
    script[start..].to_owned()
}

/// Text for the body of an element or an attribute in quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_templates() {
        let values = [("a", "{{b}}".to_owned()), ("b", "2".to_owned())];
        assert_eq!(filled("x{{a}}y{{b}}z", &values), "x{{b}}y2z");
    }

    #[test]
    fn what_is_packed_is_small_and_ends_no_element() {
        let text = "</script>".repeat(1000);
        let packed = packed(text.as_bytes());
        assert!(packed.len() < 200 && !packed.contains('<'));
        let deflated = BASE64.decode(packed).expect("base 64");
        let inflated = miniz_oxide::inflate::decompress_to_vec_zlib(&deflated).expect("zlib");
        assert_eq!(inflated, text.as_bytes());
    }

    #[test]
    fn the_charting_library_is_whole_and_alone() {
        let library = charting_library();
        assert!(library.contains("plotly.js v3"));
        assert!(library.len() > 1_000_000);
        // The second script is `MathJax`, of two megabytes.
        assert!(Plot::offline_js_sources().len() > library.len() + 1_000_000);
    }
}
