//! A study in code: every combination of two settings, in memory.
#![allow(clippy::print_stdout)]

use tilesim::{
    Error, Sweep,
    study::{Evaluation, Study},
};

const STUDY: &str = r#"{
  "schema": "tilesim-study/1",
  "name": "exchange",
  "description": "What if tiles exchanged data faster?",
  "fixed": { "machine": "mk2", "batch": 1 },
  "axes": [
    { "key": "model", "values": ["efficientnet-b0-g1", "efficientnet-b0-g16"] },
    { "key": "machine.exchange_bytes_per_cycle", "values": [4, 8] }
  ],
  "metrics": ["time.cycles"],
  "objectives": [{ "metric": "time.cycles", "goal": "minimise" }]
}"#;

fn main() -> Result<(), Error> {
    let study = Study::from_json(STUDY, "in code").map_err(tilesim::study::SweepError::from)?;
    let sweep = Sweep::new("in code", study);
    // Nobody watches: `&()`. A progress bar would implement `tilesim::Progress`.
    let evaluations = sweep.evaluate(&())?;
    let cycles: Vec<f64> = evaluations
        .iter()
        .filter_map(|evaluation| match evaluation {
            Evaluation::Done { metrics, .. } => metrics[0],
            Evaluation::Failed { .. } => None,
        })
        .collect();
    println!("cycles at 4 and 8 bytes a cycle: {cycles:?}");
    assert_eq!(cycles.len(), 4);
    assert!(cycles[1] < cycles[0] && cycles[3] < cycles[2]);
    Ok(())
}
