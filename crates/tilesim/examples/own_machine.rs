//! A network on a machine of one's own, and where its cycles go: the waterfall from FLOPs to cycles.
#![allow(clippy::print_stdout)]

use tilesim::{Error, MachineVariant, Simulation, Simulator};

fn main() -> Result<(), Error> {
    let machine = MachineVariant::load("mk2")?
        .with("tiles", 512)?
        .with("exchange_bytes_per_cycle", 16)?;
    let run = Simulation::of("efficientnet-b0-g16")?
        .machine(machine)?
        .batch(4)
        .set("resolution", 160)?
        .run(&Simulator::new())?;
    let cycles = run.result().time.cycles;
    for (cause, of_cause) in run.causes().iter() {
        let share = of_cause as f64 / cycles as f64;
        println!(
            "{:>16} {of_cause:>9} {:5.1} % {}",
            cause.name(),
            100.0 * share,
            "#".repeat((60.0 * share) as usize)
        );
    }
    println!("{:>16} {cycles:>9}", "all");
    assert_eq!(run.causes().total(), cycles);
    Ok(())
}
