//! Real numbers: the program that is timed computes, and every operator is held to a plain evaluation.
#![allow(clippy::print_stdout)]

use tilesim::{Error, Simulation, Simulator, execution::ExecutionRequest};

fn main() -> Result<(), Error> {
    let request = ExecutionRequest {
        check: true,
        seed: Some(7),
        ..ExecutionRequest::default()
    };
    let executed = Simulation::of("mobilenet-v1")?
        .set("resolution", 32)?
        .set("precision", "32.32")?
        .set("machine.tiles", 64)?
        .execute(&request, &Simulator::forgetful())?;
    let largest = &executed.answer.top[0][0];
    println!(
        "class {} with {:.4}, in {} cycles",
        largest.class, largest.value, executed.answer.result.time.cycles
    );
    assert!(executed.answer.complaints().is_empty());
    Ok(())
}
