//! What figures and settings are called by people, and in which units they are.

use serde::Serialize;
use tilesim_report::render::units::{bytes, count, percent, seconds, significant};
use tilesim_study::{short_key, spoken_key};

/// How the figures of a quantity are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A number, with the prefix of its thousands.
    Count,
    /// Bytes, with the prefix of 1024.
    Bytes,
    /// Seconds, with a prefix.
    Seconds,
    /// From 0 to 1, written in percent.
    Share,
    /// Percent already.
    Percent,
}

/// A figure or a setting as people speak of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quantity {
    /// What it is: `images per second`.
    pub name: String,
    /// Its unit in words where the name does not say it: `cycles`.
    pub unit: &'static str,
    /// How its figures are written.
    pub form: Form,
}

/// Paths whose last word alone would say too little.
const KNOWN: [(&str, &str, &str, Form); 20] = [
    ("theoretical.flops", "FLOPs of an image", "", Form::Count),
    (
        "theoretical.macs",
        "multiply-accumulates of an image",
        "",
        Form::Count,
    ),
    ("time.seconds", "time", "seconds", Form::Seconds),
    ("utilisation.conv_units", "share of the peak", "%", Form::Share),
    (
        "utilisation.dot_product_fill",
        "dot products filled",
        "%",
        Form::Share,
    ),
    ("utilisation.tiles", "tiles at work", "%", Form::Share),
    ("utilisation.workers", "workers at work", "%", Form::Share),
    (
        "memory.peak_bytes",
        "memory of the fullest tile",
        "KiB",
        Form::Bytes,
    ),
    ("memory.tile_bytes", "memory of a tile", "KiB", Form::Bytes),
    ("memory.gap_bytes", "gaps in the fullest tile", "KiB", Form::Bytes),
    ("traffic.exchange_bytes", "data exchanged", "KiB", Form::Bytes),
    (
        "traffic.exchange_received_bytes",
        "data received",
        "KiB",
        Form::Bytes,
    ),
    ("traffic.sram_read_bytes", "read from SRAM", "KiB", Form::Bytes),
    ("traffic.sram_write_bytes", "written to SRAM", "KiB", Form::Bytes),
    ("traffic.link_bytes", "data over links", "KiB", Form::Bytes),
    (
        "traffic.host_bytes",
        "data to and from the host",
        "KiB",
        Form::Bytes,
    ),
    (
        "machine.exchange_bytes_per_cycle",
        "exchange rate of a tile",
        "bytes per cycle",
        Form::Count,
    ),
    ("batch", "batch", "images", Form::Count),
    ("resolution", "resolution", "pixels", Form::Count),
    ("machine.sync_cycles", "synchronisation", "cycles", Form::Count),
];

/// How names end that say a unit; the longest first.
const ENDINGS: [(&str, &str, Form); 7] = [
    ("_bytes_per_cycle", "bytes per cycle", Form::Count),
    ("_percent", "%", Form::Percent),
    ("_cycles", "cycles", Form::Count),
    ("_nanoseconds", "ns", Form::Count),
    ("_seconds", "seconds", Form::Seconds),
    ("_bytes", "KiB", Form::Bytes),
    ("_hz", "Hz", Form::Count),
];

/// Words that are not written as identifiers are.
const WORDS: [(&str, &str); 10] = [
    ("flops", "FLOPs"),
    ("macs", "MACs"),
    ("imagenet", "ImageNet"),
    ("top1", "top-1 accuracy"),
    ("sram", "SRAM"),
    ("io", "I/O"),
    ("f16", "F16"),
    ("f32", "F32"),
    ("conv", "convolution"),
    ("sync", "synchronisation"),
];

impl Quantity {
    /// The quantity that a path or a key names.
    pub fn of(path: &str) -> Self {
        if let Some((_, name, unit, form)) = KNOWN.into_iter().find(|(known, ..)| *known == path) {
            return Self {
                name: name.to_owned(),
                unit,
                form,
            };
        }
        let last = path.rsplit('.').next().unwrap_or(path);
        if path.starts_with("cycles_by_cause.") {
            return Self {
                name: format!("cycles of {}", words(last)),
                unit: "",
                form: Form::Count,
            };
        }
        if short_key(path).contains('.') {
            return Self {
                name: spoken_key(path),
                unit: "",
                form: Form::Count,
            };
        }
        let ending = ENDINGS.into_iter().find(|(ending, ..)| last.ends_with(ending));
        let (stem, unit, form) = match ending {
            Some((ending, unit, form)) => (&last[..last.len() - ending.len()], unit, form),
            None => (last, "", Form::Count),
        };
        Self {
            name: words(stem),
            unit,
            form,
        }
    }

    /// Name with unit, as the title of an axis.
    pub fn title(&self) -> String {
        if self.unit.is_empty() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.unit)
        }
    }

    /// A figure with its unit.
    pub fn written(&self, figure: f64) -> String {
        match self.form {
            Form::Count if figure.abs() < 1000.0 && figure.fract() != 0.0 => significant(figure),
            Form::Count => count(figure),
            Form::Bytes => bytes(figure.max(0.0) as u64),
            Form::Seconds => seconds(figure),
            Form::Share => percent(figure),
            Form::Percent => format!("{} %", significant(figure)),
        }
    }
}

/// An identifier as people write it.
fn words(identifier: &str) -> String {
    let spoken = identifier.split('_').map(|word| {
        let known = WORDS.into_iter().find(|(known, _)| *known == word);
        known.map_or(word, |(_, spoken)| spoken)
    });
    spoken.collect::<Vec<_>>().join(" ")
}

/// A setting by its value: a text speaks for itself, a truth value is its name or the lack of it, a number stands behind its name.
pub fn setting(key: &str, value: &serde_json::Value) -> String {
    let quantity = Quantity::of(key);
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(true) => quantity.name,
        serde_json::Value::Bool(false) => format!("not {}", quantity.name),
        value => match value.as_f64() {
            Some(figure) => format!("{} {}", quantity.name, quantity.written_exactly(figure)),
            None => format!("{} {value}", quantity.name),
        },
    }
}

impl Quantity {
    /// A setting is what it is: none of its digits is lost.
    fn written_exactly(&self, figure: f64) -> String {
        match self.form {
            Form::Bytes if figure % 1024.0 == 0.0 => format!("{} KiB", figure / 1024.0),
            _ => figure.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_spoken_with_their_units() {
        for (path, title) in [
            ("time.images_per_second", "images per second"),
            ("theoretical.flops", "FLOPs of an image"),
            ("label.imagenet_top1_percent", "ImageNet top-1 accuracy (%)"),
            ("machine.tile_memory_bytes", "tile memory (KiB)"),
            ("cycles_by_cause.sync", "cycles of synchronisation"),
            ("group_size", "group size"),
        ] {
            assert_eq!(Quantity::of(path).title(), title, "{path}");
        }
        assert_eq!(Quantity::of("memory.peak_bytes").written(2048.0), "2.00 KiB");
        assert_eq!(Quantity::of("utilisation.conv_units").written(0.139), "13.9 %");
        assert_eq!(Quantity::of("time.cycles").written(873_118.0), "873 k");
    }

    #[test]
    fn settings_say_what_they_are_and_lose_no_digit() {
        for (key, value, spoken) in [
            ("model", serde_json::json!("b0"), "b0"),
            ("label.fine_tuned", serde_json::json!(false), "not fine tuned"),
            ("group_size", serde_json::json!(16), "group size 16"),
            (
                "machine.tile_memory_bytes",
                serde_json::json!(319_488),
                "tile memory 312 KiB",
            ),
            (
                "machine.tile_memory_bytes",
                serde_json::json!(1001),
                "tile memory 1001",
            ),
            ("x", serde_json::json!(12345.5), "x 12345.5"),
        ] {
            assert_eq!(setting(key, &value), spoken);
        }
    }
}
