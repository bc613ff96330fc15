//! Names that tell runs apart.

use crate::{RunResult, decisions::decisions};

/// A name for each run: the network's, with whatever differs among the runs (machine, batch, precision, part of the host,
/// release of compiler and libraries, decisions of the framework, overrides).
pub fn labels(results: &[RunResult]) -> Vec<String> {
    let differ = |figure: fn(&RunResult) -> String| {
        results
            .windows(2)
            .any(|pair| figure(&pair[0]) != figure(&pair[1]))
    };
    let machines = differ(|run| run.machine.name.clone() + &run.machine.overrides.concat());
    let batches = differ(|run| run.run.batch.to_string());
    let precisions = differ(|run| run.run.precision.clone());
    let hosts = differ(host);
    let releases = differ(|run| run.run.software.clone());
    let frameworks = differ(|run| decisions(&run.run).concat());
    results
        .iter()
        .map(|run| {
            let mut label = run.model.name.clone();
            push_all(&mut label, &run.model.overrides);
            if machines {
                push(&mut label, &run.machine.name);
                push_all(&mut label, &run.machine.overrides);
            }
            if batches {
                push(&mut label, &format!("batch {}", run.run.batch));
            }
            if precisions {
                push(&mut label, &run.run.precision);
            }
            if hosts {
                push(&mut label, &host(run));
            }
            if releases {
                push(&mut label, &run.run.software);
            }
            if frameworks {
                push_all(&mut label, &decisions(&run.run));
            }
            label
        })
        .collect()
}

/// What the host does in a run.
fn host(run: &RunResult) -> String {
    match (run.run.host_io, run.run.overlap) {
        (false, _) => "without host".to_owned(),
        (true, None) => "host serial".to_owned(),
        (true, Some(overlap)) => format!("host on {} I/O tiles", overlap.io_tiles),
    }
}

fn push(label: &mut String, addition: &str) {
    label.push(' ');
    label.push_str(addition);
}

fn push_all(label: &mut String, additions: &[String]) {
    for addition in additions {
        push(label, addition);
    }
}
