//! One weight update over a system of chips, and what each stage of its pipeline waits for.
#![allow(clippy::print_stdout)]

use tilesim::{Error, Simulator, Training};

fn main() -> Result<(), Error> {
    let simulator = Simulator::new();
    let training = Training::of_configuration("B0-G16-GN-Half_16IPU_2x8")?;
    let update = training.run(&simulator)?;
    println!(
        "{:.0} images/s on {} chips",
        update.time.images_per_second, update.system.chips
    );
    for stage in &update.stages {
        println!(
            "stage from {} to {}: {} KiB of the fullest tile",
            stage.blocks[0],
            stage.blocks[1],
            stage.memory.peak_bytes / 1024
        );
    }
    assert!(update.memory.fits);
    Ok(())
}
