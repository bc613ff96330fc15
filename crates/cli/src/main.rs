//! The tilesim command line.
fn main() {}
