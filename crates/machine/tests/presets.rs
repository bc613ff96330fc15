//! The bundled machines against published figures, and what files may get wrong.

use proptest::prelude::*;
use tilesim_machine::{ElementType, KEYS, MachineError, bundled_names, load, parse};

fn teraflops(name: &str, input: ElementType, partials: ElementType) -> f64 {
    let machine = load(name).expect("bundled").machine;
    let macs = machine
        .peak_macs_per_cycle(input, partials)
        .expect("a mode of the machine");
    2.0 * (macs * u64::from(machine.tiles) * machine.clock_hz) as f64 / 1e12
}

#[test]
fn peaks_are_the_published_ones() {
    use ElementType::{F16, F32};
    for (name, input, partials, published) in [
        ("mk1", F16, F16, 125.0),
        ("mk1", F32, F32, 31.1),
        ("mk2", F16, F16, 250.0),
        ("mk2", F16, F32, 125.0),
        ("mk2", F32, F32, 62.4),
        ("bow", F16, F16, 348.6),
        ("bow", F32, F32, 87.1),
        ("c600", F16, F16, 280.0),
    ] {
        let peak = teraflops(name, input, partials);
        assert!(
            (peak / published - 1.0).abs() < 0.01,
            "{name}: {peak} against {published} TFLOP/s"
        );
    }
}

#[test]
fn every_number_has_a_source() {
    for name in bundled_names() {
        let loaded = load(name).unwrap();
        assert_eq!(loaded.values.len(), KEYS.len());
        assert!(
            loaded
                .values
                .iter()
                .all(|value| value.source.len() > 8 && !value.source.starts_with("given in")),
            "{name}"
        );
    }
}

#[test]
fn unknown_machines_and_keys_name_the_nearest() {
    let error = load("mk3").unwrap_err().to_string();
    assert!(error.contains("did you mean `mk1`, `mk2`?"), "{error}");
    let text = r#"{"name": "x", "description": "", "extends": "mk2", "values": {"tile": 4}}"#;
    let error = parse(text, "x.json").unwrap_err().to_string();
    assert!(
        error.starts_with("x.json:1:63: field `values.tile`: ") && error.contains("did you mean `tiles`"),
        "{error}"
    );
}

#[test]
fn zero_tiles_and_zero_memory_are_refused() {
    for (key, expected) in [
        ("tiles", "1 to 1048576"),
        ("tile_memory_bytes", "1 to 1099511627776"),
        ("workers", "1 to 256"),
        ("clock_hz", "1 to 1000000000000"),
    ] {
        let text =
            format!(r#"{{"name": "x", "description": "", "extends": "mk2", "values": {{"{key}": 0}}}}"#);
        let error = parse(&text, "x.json").unwrap_err().to_string();
        let column = text.find(": 0").expect("the value") + 3;
        assert_eq!(
            error,
            format!("x.json:1:{column}: field `values.{key}`: is 0; expected {expected}")
        );
    }
}

#[test]
fn what_no_machine_could_be_built_with_is_refused() {
    let mut loaded = load("mk2").unwrap();
    for key in KEYS {
        let (least, most) = key.allowed.clone().into_inner();
        assert!(least <= most, "{}", key.name);
        let error = loaded
            .set(key.name, &(most + 1).to_string())
            .unwrap_err()
            .to_string();
        let expected = format!("expected {least} to {most}");
        assert!(error.contains(key.name) && error.contains(&expected), "{error}");
    }
    // Only pairs of tiles are known to share a bus.
    assert!(loaded.set("tiles_per_exchange_bus", "3").is_err());
}

#[test]
fn a_key_that_is_given_twice_and_energy_that_is_none_are_refused() {
    let file = |rest: &str| format!(r#"{{"name": "x", "description": "", "extends": "mk2", {rest}}}"#);
    for (rest, expected) in [
        (
            r#""values": {"tiles": 64, "tiles": 128}"#,
            "`tiles` is given twice",
        ),
        (
            r#""values": {}, "picojoules_per_flop": [-1, 1, 1]"#,
            "picojoules_per_flop",
        ),
        (
            r#""values": {}, "picojoules_per_flop": [1, 1e308, 1]"#,
            "picojoules_per_flop",
        ),
        (r#""values": {"tiles": {"valu": 64}}"#, "`value` and `source`"),
    ] {
        let error = parse(&file(rest), "x.json").unwrap_err().to_string();
        assert!(error.contains("x.json") && error.contains(expected), "{error}");
    }
}

#[test]
fn a_source_may_be_left_out_and_a_schema_named() {
    for value in [
        "256",
        r#"{"value": 256}"#,
        r#"{"value": 256, "source": "data sheet"}"#,
    ] {
        let text = format!(
            r#"{{"$schema": "machine.json", "name": "x", "description": "", "extends": "mk2", "values": {{"tiles": {value}}}}}"#
        );
        assert_eq!(parse(&text, "x.json").expect(value).machine.tiles, 256);
    }
}

#[test]
fn every_mistake_of_a_file_is_named() {
    let text = "{\n\"name\": \"x\", \"description\": \"\", \"extends\": \"mk2\", \"tiles\": 3,\n\"values\": {\"tlies\": 4, \"workers\": \"six\"}\n}";
    let error = parse(text, "x.json").unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 3, "{error}");
    assert!(
        lines[0].starts_with("x.json:2:51: field `tiles`: stands in the whole; expected it in `values`"),
        "{error}"
    );
    assert!(
        lines[1]
            .starts_with("x.json:3:12: field `values.tlies`: unknown field `tlies` (did you mean `tiles`?)"),
        "{error}"
    );
    assert!(
        lines[2].starts_with("x.json:3:35: field `values.workers`: expected a whole number"),
        "{error}"
    );
    let text = r#"{"name": "x", "description": "", "extends": "mk2", "values": {"tiles": 0, "workers": 0}}"#;
    assert_eq!(parse(text, "x.json").unwrap_err().to_string().lines().count(), 2);
}

#[test]
fn switches_are_set_too() {
    let mut loaded = load("mk2").unwrap();
    loaded.set("weight_load_128bit", "true").expect("a switch");
    loaded.set("exchange_bus_sharing", "false").expect("a switch");
    assert!(loaded.machine.weight_load_128bit && !loaded.machine.exchange_bus_sharing);
    let error = loaded.set("weight_load_128bit", "maybe").unwrap_err().to_string();
    assert!(error.contains("expected true or false"), "{error}");
}

#[test]
fn a_missing_key_is_named() {
    let text = r#"{"name": "x", "description": "", "values": {"tiles": 4}}"#;
    assert!(matches!(
        parse(text, "x.json"),
        Err(MachineError::MissingKey { key: "workers", .. })
    ));
}

proptest! {
    #[test]
    fn any_text_is_an_answer_or_an_error(text in ".*") {
        let _ = parse(&text, "any.json");
    }

    #[test]
    fn an_override_reaches_its_field(index in 0..KEYS.len(), value in 1_u64..1 << 20) {
        let mut loaded = load("mk2").unwrap();
        let key = &KEYS[index];
        if loaded.set(key.name, &value.to_string()).is_ok() {
            prop_assert_eq!((key.get)(&loaded.machine), value);
        }
    }
}
