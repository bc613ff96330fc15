//! Bundles the systems anew when a file is added or removed.

fn main() {
    println!("cargo:rerun-if-changed=../../models/systems");
    println!("cargo:rerun-if-changed=../../models/paper");
}
