//! The memory that an execution is said to take is what it takes.

use peak_alloc::PeakAlloc;
use tilesim::{Error, Network, Precision, Simulation, Simulator, execution::ExecutionRequest};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that a run may take beside what is counted: lowering, and the simulation of what was executed.
const BESIDE: f64 = 24e6;

/// The bytes that `work` takes at most beyond those that are taken.
fn peak<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let done = work();
    ((ALLOCATOR.peak_usage() - before) as f64, done)
}

/// The bytes that an execution is said to take: as many as it needs of a limit that allows all that is known before it is lowered.
fn stated(simulation: &Simulation, check: bool) -> u64 {
    let mut limit = 1;
    loop {
        let request = ExecutionRequest {
            memory_limit: Some(limit),
            check,
            ..ExecutionRequest::default()
        };
        match simulation.execute(&request, &Simulator::forgetful()) {
            Err(Error::ExecutionMemory { needed, .. }) => limit = needed,
            Ok(_) => return limit,
            Err(error) => panic!("{error}"),
        }
    }
}

// One test: a peak is of the whole process.
#[test]
fn an_execution_takes_the_memory_that_it_says() -> Result<(), Error> {
    for (model, batch, settings, check) in [
        ("mobilenet-v1", 4, [("resolution", "96")].as_slice(), false),
        ("mobilenet-v1", 4, &[("resolution", "96")], true),
        ("resnet50", 2, &[("resolution", "64")], false),
        ("efficientnet-b0-g16", 2, &[("resolution", "96")], false),
        (
            "mobilenet-v1",
            1,
            &[("resolution", "64"), ("machine.tiles", "30000")],
            false,
        ),
    ] {
        let mut simulation = Simulation::of(model)?.batch(batch);
        for (key, value) in settings {
            simulation = simulation.set(key, value)?;
        }
        let stated = stated(&simulation, check) as f64;
        let request = ExecutionRequest {
            check,
            ..ExecutionRequest::default()
        };
        let (taken, executed) = peak(|| simulation.execute(&request, &Simulator::forgetful()));
        executed?;
        assert!(
            taken < 1.3 * stated + BESIDE,
            "{model} {settings:?}: {taken} bytes, said {stated}"
        );
        assert!(
            stated < 2.0 * taken,
            "{model} {settings:?}: {taken} bytes, said {stated}"
        );
    }
    constants_stay_within_their_budget()
}

/// A constant of a few bytes that is expanded to many, and what follows of it.
fn constants_stay_within_their_budget() -> Result<(), Error> {
    const ELEMENTS: u64 = 1 << 22;
    const FILE: &str = "../../fuzz/corpus/onnx_import/expanded_constant.onnx";
    let network = Network::load(FILE)?;
    let simulation = Simulation::new(network, "mk2".try_into()?).precision(Precision::F32F32);
    let (taken, executed) =
        peak(|| simulation.execute(&ExecutionRequest::default(), &Simulator::forgetful()));
    // What is fed is made up, a number near 0.
    let sum = executed?.outputs[0].1.values[0];
    assert!((sum - ELEMENTS as f32).abs() < 100.0, "{sum}");
    // The values, and where each of them comes from while they are made.
    let expected = (4.0 + 8.0) * ELEMENTS as f64;
    assert!(taken < expected + BESIDE, "{taken} bytes for {expected}");
    Ok(())
}
