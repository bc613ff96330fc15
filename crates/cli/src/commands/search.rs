//! `tilesim search`: the best of a space.

use tilesim::{SearchAnswer, Sweep};
use tilesim_report::render::{Palette, wrapped};

use super::sweep::rendered::rendered;
use crate::{args::SearchArgs, console::Console, error::CliError, exit::Outcome, progress::Rate};

/// Networks of the front whose commands are shown; the rest is in the folder.
const SHOWN: usize = 12;

/// Searches a space; negative where no point has a result that fits and keeps to the constraints.
pub(crate) fn run(args: &SearchArgs, console: &Console) -> Result<Outcome, CliError> {
    let space = Sweep::of(&args.space)?;
    let points = space.study().search.map_or(0, |search| search.points);
    let rate = Rate::new(points, 0, console.is_quiet());
    let outcome = space.search(&args.out, &rate)?;
    console.remark(&rate.total());
    drop(rate);
    outcome.write(&args.out, &args.plots.options())?;
    console.answer(&outcome.answer, text)?;
    Ok(Outcome::unless(if outcome.answer.front.is_empty() {
        vec!["no point has a result that fits and keeps to the constraints".to_owned()]
    } else {
        Vec::new()
    }))
}

/// What a search found, for people.
fn text(answer: &SearchAnswer, palette: &Palette) -> String {
    let summary = &answer.summary;
    let how = if answer.exhaustive {
        format!(
            "all {} points of the space that are wanted were run",
            summary.points
        )
    } else {
        format!(
            "{} of {} points were run, in {} generations from seed {}",
            summary.points, answer.combinations, answer.generations, answer.seed
        )
    };
    let mut text = wrapped(&how, "", palette.width()) + &rendered(summary, palette);
    text += "\nThe front as files that run\n";
    for point in answer.front.iter().take(SHOWN) {
        text += "tilesim ";
        text += &point.command.join(" ");
        text += "\n";
    }
    text
}
