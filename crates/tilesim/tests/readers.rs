//! Every reader of a description takes damaged ones: it answers or says what is wrong, and neither panics nor goes on and on.
//!
//! `READERS_SECONDS` is how long each is tried (2 where nothing is said), `READERS_SEED` draws other damage. Descriptions are damaged as what
//! they are: a value somewhere in the JSON becomes another, goes, or is there twice; of binary files bytes change. `fuzz/corpus` has the
//! models to begin with.
#![allow(missing_docs, clippy::print_stdout)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tilesim::{
    MachineVariant, Network, Simulation, Simulator, SystemVariant, read_result, read_update, study::Study,
};

/// The longest that a reader may take for one file.
const LONGEST: Duration = Duration::from_secs(20);

/// Draws numbers (`SplitMix64`).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit.max(1)
    }
}

/// A value that readers had better be asked about.
fn strange(draw: &mut Draw) -> Value {
    match draw.below(14) {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(1e308),
        5 => json!(0.5),
        6 => json!(""),
        7 => json!("mk2"),
        8 => json!("\u{1b}[31m=cmd|'\u{0}"),
        9 => json!([]),
        10 => json!({}),
        11 => json!(true),
        12 => json!(1_u64 << draw.below(63)),
        _ => Value::Null,
    }
}

/// Damages one place somewhere below a value.
fn damage(value: &mut Value, draw: &mut Draw) {
    let goes_on = draw.below(4) > 0;
    match value {
        Value::Object(fields) if goes_on && !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = &keys[draw.below(keys.len())];
            match draw.below(8) {
                0 => drop(fields.shift_remove(key)),
                1 => {
                    let moved = fields.get(key).cloned().unwrap_or_default();
                    let other = &keys[draw.below(keys.len())];
                    fields.insert(other.clone(), moved);
                }
                2 => drop(fields.insert("unheard_of".to_owned(), strange(draw))),
                _ => damage(&mut fields[key], draw),
            }
        }
        Value::Array(elements) if goes_on && !elements.is_empty() => {
            let index = draw.below(elements.len());
            match draw.below(6) {
                0 => drop(elements.remove(index)),
                1 => elements.push(elements[index].clone()),
                _ => damage(&mut elements[index], draw),
            }
        }
        _ => *value = strange(draw),
    }
}

/// A description with one to three places damaged, now and then as text.
fn damaged_text(text: &str, draw: &mut Draw) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(text).unwrap_or(Value::Object(Map::new()));
    for _ in 0..=draw.below(3) {
        damage(&mut value, draw);
    }
    let bytes = value.to_string().into_bytes();
    if draw.below(8) == 0 {
        damaged_bytes(&bytes, draw)
    } else {
        bytes
    }
}

/// A file with bytes that are changed, left out or there twice.
fn damaged_bytes(bytes: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=draw.below(4) {
        let at = draw.below(bytes.len());
        match draw.below(6) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + draw.below(16)).min(bytes.len());
                drop(bytes.drain(at..end));
            }
            2 => {
                let end = (at + draw.below(64)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            3 => bytes.splice(at..at, [0xff; 9]).for_each(drop),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = draw.next() as u8;
                }
            }
        }
    }
    bytes
}

/// Files of a folder of the repository with this extension.
fn seeds(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = fs::read_dir(&folder).expect("a folder of the repository");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

fn setting(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |text| text.parse().expect("a whole number"))
}

/// Has `read` read damaged files until the time is over, each under a name that ends so.
fn tried(seeds: &[Vec<u8>], name: &str, read: impl Fn(&Path)) {
    assert!(!seeds.is_empty(), "{name}: nothing to begin with");
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    let mut draw = Draw(setting("READERS_SEED", 1));
    let end = Instant::now() + Duration::from_secs(setting("READERS_SECONDS", 2));
    let mut count = 0_u64;
    while Instant::now() < end {
        let seed = &seeds[draw.below(seeds.len())];
        let bytes = match std::str::from_utf8(seed) {
            Ok(text)
                if Path::new(name)
                    .extension()
                    .is_some_and(|extension| extension == "json") =>
            {
                damaged_text(text, &mut draw)
            }
            _ => damaged_bytes(seed, &mut draw),
        };
        fs::write(&path, &bytes).expect("a file");
        let begin = Instant::now();
        read(&path);
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            begin.elapsed() < LONGEST,
            "{name}: {:?} for {text}",
            begin.elapsed()
        );
        count += 1;
    }
    println!("{name}: {count} files");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in letters")
}

#[test]
fn networks() {
    tried(&seeds("models/networks", "json"), "network.json", |path| {
        drop(Network::load(text(path)));
    });
}

#[test]
fn machines() {
    let small = json!({"extends": "mk2", "name": "small", "description": "few tiles", "tiles": {"value": 64, "source": "made up"}});
    let mut all = seeds("models/machines", "json");
    all.push(small.to_string().into_bytes());
    tried(&all, "machine.json", |path| {
        drop(MachineVariant::load(text(path)));
    });
}

#[test]
fn systems() {
    tried(&seeds("models/systems", "json"), "system.json", |path| {
        drop(SystemVariant::load(text(path)));
    });
}

#[test]
fn studies() {
    tried(&seeds("models/studies", "json"), "study.json", |path| {
        let study = fs::read_to_string(path).map(|text| Study::from_json(&text, "study.json"));
        if let Ok(Ok(study)) = study {
            drop(study.points());
        }
    });
}

#[test]
fn results() {
    let run = Simulation::of("mobilenet-v1@mk2:machine.tiles=16").and_then(|run| run.set("resolution", 32));
    let result = run
        .and_then(|run| run.result(&Simulator::forgetful()))
        .expect("a result");
    let saved = serde_json::to_vec(&result).expect("JSON");
    tried(&[saved], "result.json", |path| {
        drop(read_result(path));
        drop(read_update(path));
    });
}

#[test]
fn models() {
    tried(&seeds("fuzz/corpus/onnx_import", "onnx"), "model.onnx", |path| {
        drop(Network::load(text(path)).and_then(|network| network.graph(1)));
    });
}
