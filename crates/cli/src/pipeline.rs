//! The one way from a network to the answer: graph, program, profile, result.

use tilesim_report::RunResult;

use crate::{args::MAX_BATCH, batch_search, error::CliError, progress::Progress, run_request::RunRequest};

/// Runs a network.
pub(crate) fn run(request: &RunRequest) -> Result<RunResult, CliError> {
    Err(CliError::argument(&request.network.name, "no", "yes"))
}

/// The largest batch that fits, 0 where not even one image does. `result` is the run at the request's batch.
pub(crate) fn largest_batch(
    request: &RunRequest,
    result: &RunResult,
    progress: &Progress,
) -> Result<u64, CliError> {
    let fits = |batch: u64| {
        if batch == result.run.batch {
            return Ok(result.memory.fits);
        }
        progress.doing(format!("{}: does batch {batch} fit?", request.network.name));
        Ok::<_, CliError>(
            run(&RunRequest {
                batch,
                ..request.clone()
            })?
            .memory
            .fits,
        )
    };
    Ok(batch_search::largest_batch(estimate(result), MAX_BATCH, fits)?.unwrap_or(0))
}

/// The batch that would fill the fullest tile if all that is not always live grew with the batch.
fn estimate(result: &RunResult) -> u64 {
    let memory = &result.memory;
    let of_batch = memory.peak_bytes.saturating_sub(memory.always_live_bytes).max(1);
    let room = memory.tile_bytes.saturating_sub(memory.always_live_bytes);
    (u128::from(room) * u128::from(result.run.batch) / u128::from(of_batch)).min(u128::from(MAX_BATCH)) as u64
}
