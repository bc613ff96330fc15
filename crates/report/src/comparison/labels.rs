//! Names that tell runs apart.

use crate::RunResult;

/// A name for each run: the network's, with whatever differs among the runs (machine, batch, precision, overrides).
pub fn labels(results: &[RunResult]) -> Vec<String> {
    let differ = |figure: fn(&RunResult) -> String| {
        results
            .windows(2)
            .any(|pair| figure(&pair[0]) != figure(&pair[1]))
    };
    let machines = differ(|run| run.machine.name.clone() + &run.machine.overrides.concat());
    let batches = differ(|run| run.run.batch.to_string());
    let precisions = differ(|run| run.run.precision.clone());
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
            label
        })
        .collect()
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
