//! Answers do not depend on what a simulator has kept, and whoever watches may end long work.
#![allow(missing_docs)]

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use tilesim::{
    Cancellation, Error, FunctionCopies, Machine, MachineVariant, Network, Progress, Simulation, Simulator,
    Sweep, Training, execution::ExecutionRequest, plan::PlanQuestion, study::Study,
};

#[test]
fn a_warm_simulator_gives_the_same_results() -> Result<(), Error> {
    let warm = Simulator::new();
    for batch in [1, 2, 1] {
        let simulation = Simulation::of("mobilenet-v1")?
            .set("machine.tiles", 64)?
            .batch(batch);
        let alone = simulation.result(&Simulator::forgetful())?;
        assert_eq!(simulation.result(&warm)?, alone);
        assert_eq!(simulation.run(&warm)?.into_result(), alone);
    }
    Ok(())
}

#[test]
fn a_machine_in_code_is_the_one_of_its_file() -> Result<(), Error> {
    let mk2 = MachineVariant::load("mk2")?;
    let built: Machine = mk2.machine().clone();
    let network = Network::load("mobilenet-v1")?;
    let simulator = Simulator::new();
    let of_file = Simulation::new(network.clone(), mk2).result(&simulator)?;
    let of_code = Simulation::new(network, built.try_into()?).result(&simulator)?;
    assert_eq!(of_file.time.cycles, of_code.time.cycles);
    Ok(())
}

#[test]
fn a_result_says_what_the_framework_decided() -> Result<(), Error> {
    let simulator = Simulator::new();
    let usual = Simulation::of("mobilenet-v1")?.set("resolution", 64)?;
    let held = usual.clone().set("framework.function_copies", "held")?;
    let (usual, held) = (usual.run(&simulator)?, held.run(&simulator)?);
    assert_eq!(usual.result().run.framework, None);
    let decided = held
        .result()
        .run
        .framework
        .map(|framework| framework.function_copies);
    assert_eq!(decided, Some(FunctionCopies::Held));
    assert!(usual.result().time.cycles < held.result().time.cycles);
    // What interferes is copied anyway: the parameters. Copies of results are not.
    for (run, copies) in [(&usual, false), (&held, true)] {
        let variables = || run.program().variables.iter();
        assert!(variables().any(|variable| variable.name.ends_with("weights argument copy")));
        assert_eq!(
            variables().any(|variable| variable.name.ends_with("result copy")),
            copies
        );
    }
    Ok(())
}

#[test]
fn numbers_that_no_machine_has_are_errors() -> Result<(), Error> {
    let mk2 = MachineVariant::load("mk2")?;
    let none = Machine {
        tiles: 0,
        ..mk2.machine().clone()
    };
    assert!(matches!(MachineVariant::try_from(none), Err(Error::Machine(_))));
    assert!(mk2.with("tiles", "many").is_err());
    let simulation = Simulation::of("mobilenet-v1")?;
    let nothing = simulation.clone().batch(0);
    assert!(nothing.profile(&Simulator::forgetful()).is_err());
    assert!(
        nothing
            .explain_plans(&PlanQuestion::default(), &Simulator::forgetful())
            .is_err()
    );
    assert!(
        nothing
            .execute(&ExecutionRequest::default(), &Simulator::forgetful())
            .is_err()
    );
    assert!(
        simulation
            .clone()
            .batch(0)
            .result(&Simulator::forgetful())
            .is_err()
    );
    assert!(
        simulation
            .available_memory_proportion(f64::NAN)
            .run(&Simulator::forgetful())
            .is_err()
    );
    Ok(())
}

#[test]
fn a_network_that_no_host_holds_is_not_executed() -> Result<(), Error> {
    let large = Simulation::of("mobilenet-v1")?.batch(1_000_000);
    let error = large.execute(&ExecutionRequest::default(), &Simulator::forgetful());
    assert!(
        matches!(&error, Err(Error::ExecutionMemory { needed, limit, largest }) if needed > limit && !largest.is_empty()),
        "{error:?}"
    );
    Ok(())
}

/// Ends the work after some steps.
struct Impatient(AtomicUsize);

impl Progress for Impatient {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= 2
    }
}

#[test]
fn long_work_can_be_cancelled() -> Result<(), Error> {
    let simulator = Simulator::forgetful();
    let simulation = Simulation::of("mobilenet-v1")?.set("machine.tiles", 256)?;
    let result = simulation.result(&simulator)?;
    let ended = simulation.largest_batch(&result, &simulator, &Impatient(AtomicUsize::new(0)));
    assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
    let study = Study::bundled("exchange").map_err(tilesim::study::SweepError::from)?;
    let ended = Sweep::new("exchange", study).evaluate(&Impatient(AtomicUsize::new(0)));
    assert!(matches!(ended, Err(Error::Cancelled)));
    Ok(())
}

#[test]
fn whatever_runs_can_be_stopped() -> Result<(), Error> {
    let kept = Simulator::new();
    let cancellation = Cancellation::new();
    cancellation.ask();
    let stopped = kept.cancelled_by(&cancellation);
    let simulation = Simulation::of("mobilenet-v1")?
        .set("machine.tiles", 64)?
        .set("resolution", 32)?;
    let checked = ExecutionRequest {
        check: true,
        ..ExecutionRequest::default()
    };
    let training = Training::of("mobilenet-v1", "single")?;
    let errors = [
        simulation.result(&stopped).err(),
        simulation.execute(&ExecutionRequest::default(), &stopped).err(),
        simulation.execute(&checked, &stopped).err(),
        simulation.explain_plans(&PlanQuestion::default(), &stopped).err(),
        training.run(&stopped).err(),
    ];
    for error in errors {
        assert!(matches!(error, Some(Error::Cancelled)), "{error:?}");
    }
    // What was stopped has left nothing wrong.
    let fresh = simulation.result(&Simulator::forgetful())?;
    assert_eq!(simulation.result(&kept)?, fresh);
    Ok(())
}

#[test]
fn a_long_run_is_stopped_on_its_way() -> Result<(), Error> {
    let cancellation = Cancellation::new();
    let simulator = Simulator::new().cancelled_by(&cancellation);
    // Seconds of multiplications, whatever computes them.
    let simulation = Simulation::of("resnet50")?.batch(4);
    let ended = thread::scope(|scope| {
        let run = scope.spawn(|| simulation.execute(&ExecutionRequest::default(), &simulator));
        thread::sleep(Duration::from_millis(300));
        cancellation.ask();
        run.join()
    });
    assert!(matches!(ended, Ok(Err(Error::Cancelled))));
    Ok(())
}
