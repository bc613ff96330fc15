//! Group size 1 against 16: what FLOPs promise, and what the machine makes of it.
#![allow(clippy::print_stdout)]

use tilesim::{Error, Simulation, Simulator, compare};

fn main() -> Result<(), Error> {
    // What runs have in common is worked out once.
    let simulator = Simulator::new();
    let results = ["efficientnet-b0-g1", "efficientnet-b0-g16"]
        .into_iter()
        .map(|name| Simulation::of(name)?.batch(4).result(&simulator))
        .collect::<Result<Vec<_>, Error>>()?;
    let comparison = compare(results)?;
    for sentence in &comparison.reading {
        println!("• {sentence}");
    }
    // More products, and yet more images a second.
    let [depthwise, grouped] = &comparison.results[..] else {
        unreachable!("two networks were compared");
    };
    assert!(grouped.theoretical.macs > depthwise.theoretical.macs);
    assert!(grouped.time.images_per_second > depthwise.time.images_per_second);
    Ok(())
}
