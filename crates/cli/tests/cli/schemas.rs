//! Schemas of the files that users write, as they are shipped.

use std::{fs, path::Path};

use crate::support::tilesim;

const WRITTEN_BY_USERS: [&str; 5] = ["machine", "network", "software", "study", "system"];

#[test]
fn shipped_schemas_are_those_of_this_version() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    for name in WRITTEN_BY_USERS {
        let printed = tilesim(&["schema", name]).output().expect("it runs").stdout;
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &printed).expect("written");
        }
        assert!(
            fs::read(&path).is_ok_and(|shipped| shipped == printed),
            "`tilesim schema {name} > docs/schema/{name}.json` writes it anew"
        );
        let schema: serde_json::Value = serde_json::from_slice(&printed).expect("JSON");
        assert_eq!(schema["$id"], format!("urn:tilesim:schema:{name}"));
    }
}

#[test]
fn editors_know_the_keys_of_a_machine() {
    let printed = tilesim(&["schema", "machine"]).output().expect("it runs").stdout;
    let schema: serde_json::Value = serde_json::from_slice(&printed).expect("JSON");
    let values = &schema["properties"]["values"];
    assert!(values["properties"]["tiles"]["description"].is_string());
    assert_eq!(values["additionalProperties"], false);
    assert_eq!(schema["properties"]["$schema"]["type"], "string");
}
