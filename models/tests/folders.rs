//! What is listed is what lies in the folders.

use std::{fs, path::Path};

use tilesim_bundled::{
    CONFIGURATIONS, Collection, FAMILIES, MACHINES, NETWORKS, OPERATORS, SILICON, SOFTWARE, STUDIES, SYSTEMS,
};

#[test]
fn every_file_is_bundled_under_its_name() {
    let collections: [(&str, &Collection); 9] = [
        ("networks", &NETWORKS),
        ("networks/families", &FAMILIES),
        ("operators", &OPERATORS),
        ("machines", &MACHINES),
        ("software", &SOFTWARE),
        ("systems", &SYSTEMS),
        ("paper", &CONFIGURATIONS),
        ("silicon", &SILICON),
        ("studies", &STUDIES),
    ];
    for (folder, collection) in collections {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
                let text = fs::read_to_string(&path).expect("a text");
                assert_eq!(collection.text(name), Some(text.as_str()), "{}", path.display());
                files.push(name.to_owned());
            }
        }
        files.sort_unstable();
        let mut names: Vec<&str> = collection.names().collect();
        names.sort_unstable();
        assert_eq!(names, files, "{}", folder.display());
    }
}
