//! A network on a machine of one's own, and where its cycles go: the waterfall from FLOPs to cycles.
#![allow(clippy::print_stdout)]

use tilesim::{Error, MachineVariant, Simulation, Simulator};

fn main() -> Result<(), Error> {
    let mk2 = MachineVariant::load("mk2")?;
    let small = mk2.with("tiles", 512)?.with("exchange_bytes_per_cycle", 16)?;
    let simulation = Simulation::of("efficientnet-b0-g16")?.machine(small)?;
    let run = simulation.batch(4).run(&Simulator::new())?;
    let cycles = run.result().time.cycles;
    for (cause, of_cause) in run.causes().iter() {
        let bar = "#".repeat((60 * of_cause / cycles) as usize);
        println!("{:>16} {of_cause:>9} {bar}", cause.name());
    }
    println!("{:>16} {cycles:>9}", "all");
    assert_eq!(run.causes().total(), cycles);
    Ok(())
}
