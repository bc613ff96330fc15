//! Why one run takes another time than another: the difference taken apart, and what was simulated to see what it is due to.

mod question;
mod settings;
mod subject;

use rayon::prelude::*;
#[cfg(feature = "report")]
use tilesim_difference::{Account, of_run};
use tilesim_difference::{Changed, Counterfactual, NotSimulated, Why, compared, difference};
#[cfg(feature = "report")]
use tilesim_report::RunResult;
use tilesim_report::labels;

pub use subject::WhySubject;

use self::{
    question::{Question, questions},
    subject::{Answer, update_labels},
};
use crate::{Error, Progress, Simulator, progress};

/// Why `b` takes another time than `a`: the difference by cause, kind of layer, layer and decision, and counterfactuals. Each of those is
/// a run: of `b` with a setting that `a` has, or of both with another number of the machine.
///
/// ```
/// use tilesim::{RunOptions, Simulator, WhySubject, why};
///
/// let of = |text| WhySubject::of(text, &RunOptions::default());
/// let (a, b) = (of("mobilenet-v1@:resolution=32")?, of("mobilenet-v1@:resolution=32,group_size=8")?);
/// let why = why(&a, &b, &Simulator::new(), &())?;
/// let causes: i64 = why.difference.tree.iter().map(|cause| cause.cycles).sum();
/// assert_eq!(causes, why.difference.difference_cycles);
/// # Ok::<(), tilesim::Error>(())
/// ```
///
/// # Errors
/// Where one of them cannot be run, one is an inference and the other a weight update, or their difference cannot be taken apart. That a
/// counterfactual cannot be run is no error but part of the answer.
pub fn why(
    a: &WhySubject,
    b: &WhySubject,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<Why, Error> {
    progress.total(2);
    let answer = |subject: &WhySubject| {
        progress::check(progress)?;
        let answer = subject.answer(simulator);
        progress.advance();
        answer
    };
    let (first, second) = rayon::join(|| answer(a), || answer(b));
    let (first, second) = (first?, second?);
    let names = match (&first, &second) {
        (Answer::Run(a), Answer::Run(b)) => labels(&[(**a).clone(), (**b).clone()]),
        (Answer::Update(a), Answer::Update(b)) => update_labels(a, b),
        _ => {
            return Err(Error::argument(
                "why",
                "one is an inference and the other a weight update",
                "two of the same mode",
            ));
        }
    };
    let (label_a, label_b) = (&names[0], &names[1]);
    let (account_a, account_b) = (first.account(label_a), second.account(label_b));
    let settings = settings::differing((a, &first), (b, &second));
    let difference = difference(&account_a, &account_b, settings)?;
    let (questions, mut not_simulated) = questions(a, b, &difference);
    progress.total(questions.len() as u64);
    let asked = questions
        .into_par_iter()
        .map(|question| {
            progress::check(progress)?;
            progress.doing(&question.what);
            let counterfactual = counterfactual(&question, (a, &first), (b, &second), simulator);
            progress.advance();
            match counterfactual {
                Ok(counterfactual) => Ok(Ok(counterfactual)),
                Err(Error::Cancelled) => Err(Error::Cancelled),
                Err(error) => Ok(Err(NotSimulated {
                    what: question.what,
                    reason: error.to_string(),
                })),
            }
        })
        .collect::<Vec<Result<Result<Counterfactual, NotSimulated>, Error>>>()
        .into_iter()
        .collect::<Result<Vec<_>, Error>>()?;
    let mut counterfactuals = Vec::new();
    for answer in asked {
        match answer {
            Ok(counterfactual) => counterfactuals.push(counterfactual),
            Err(refused) => not_simulated.push(refused),
        }
    }
    Ok(Why::new(difference, counterfactuals, not_simulated))
}

/// The difference of two results, taken apart as far as they record what differs; nothing is simulated.
#[cfg(feature = "report")]
pub(crate) fn why_results(a: &RunResult, b: &RunResult) -> Result<Why, Error> {
    let names = labels(&[a.clone(), b.clone()]);
    let (account_a, account_b) = (Account::of_run(a, &names[0]), Account::of_run(b, &names[1]));
    let settings = tilesim_difference::differing(&of_run(a), &of_run(b));
    Ok(Why::new(
        difference(&account_a, &account_b, settings)?,
        Vec::new(),
        Vec::new(),
    ))
}

/// Simulates what is asked.
fn counterfactual(
    question: &Question,
    (a, answer_a): (&WhySubject, &Answer),
    (b, answer_b): (&WhySubject, &Answer),
    simulator: &Simulator,
) -> Result<Counterfactual, Error> {
    let changed = |subject: &WhySubject| subject.changed(&question.changes)?.answer(simulator);
    let after_b = changed(b)?.account("b");
    let after_a = match question.changed {
        Changed::B => answer_a.account("a"),
        Changed::Both => changed(a)?.account("a"),
    };
    let (images, difference_cycles) = compared(&after_a, &after_b)?;
    Ok(Counterfactual {
        what: question.what.clone(),
        changed: question.changed,
        set: question.changes.iter().flat_map(subject::Change::texts).collect(),
        cycles_before: answer_b.account("b").cycles,
        cycles_after: after_b.cycles,
        cycles_a: after_a.cycles,
        images,
        difference_cycles,
    })
}
