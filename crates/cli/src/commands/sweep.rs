//! `tilesim sweep`: every combination of a study's settings.

mod rendered;

use std::{fs, path::Path};

use tilesim_page::{PlotFormat, StudyPicture, picture, study_html};
use tilesim_study::{
    Figures, Layout, Manifest, Row, Study, StudyError, Summary, SweepError, SweepFolder, Unfit, merge,
    pictures, summarise, sweep,
};

use crate::{
    args::{MergeArgs, SweepArgs, SweepCommand},
    console::Console,
    error::CliError,
    exit::Outcome,
    output::OutputFolder,
    progress::Rate,
    study_points::{Evaluator, files},
};

/// Runs a study, or joins its parts; negative where no point has a result that fits.
pub(crate) fn run(args: &SweepArgs, console: &Console) -> Result<Outcome, CliError> {
    if let Some(SweepCommand::Merge(args)) = &args.command {
        return join(args, console);
    }
    let (Some(name), Some(out)) = (&args.study, &args.out) else {
        return Err(CliError::argument(
            "sweep",
            "no study or no folder",
            "STUDY --out DIR",
        ));
    };
    let study = load(name)?;
    let in_study = |source| CliError::Study {
        path: name.into(),
        source,
    };
    let points = study.points().map_err(in_study)?;
    if points.is_empty() {
        return Err(in_study(StudyError::Field {
            field: "conditions".to_owned(),
            reason: "hold at no point".to_owned(),
            expected: "conditions that hold somewhere".to_owned(),
        }));
    }
    let mut digest = study.digest()?;
    for path in files(&points)? {
        digest = digest.with(&fs::read(&path).map_err(CliError::read(&path))?);
    }
    let folder = SweepFolder::open(out, &study, Manifest::new(&study, &points, digest, args.shard))?;
    let layout = Layout::new(&study, &points)?;
    let evaluator = Evaluator::new(&study, &points);
    let missing: u64 = folder
        .missing()
        .into_iter()
        .map(|chunk| folder.manifest().points_of(chunk))
        .map(|range| range.end - range.start)
        .sum();
    if missing > 0 {
        evaluator.check_metrics()?;
    }
    let all = folder.manifest().shard_points();
    let rate = Rate::new(all, all - missing, console.is_quiet());
    sweep(
        &folder,
        &points,
        &layout,
        &|point| evaluator.evaluate(point),
        &|| rate.advance(),
    )?;
    if missing > 0 {
        console.remark(&rate.total());
    }
    drop(rate);
    let rows = folder.rows(&points, &layout)?;
    answer(&study, &rows, out, console)
}

fn join(args: &MergeArgs, console: &Console) -> Result<Outcome, CliError> {
    let (study, rows) = merge(&args.folders, &args.out)?;
    answer(&study, &rows, &args.out, console)
}

/// Says what the rows say, here and in the folder.
fn answer(study: &Study, rows: &[Row], out: &Path, console: &Console) -> Result<Outcome, CliError> {
    let points = study.points().map_err(SweepError::from)?;
    let summary = summarise(study, &points, rows);
    let mut files = vec![("summary.json".to_owned(), serde_json::to_vec_pretty(&summary)?)];
    let figures = Figures::new(study, &points, rows);
    let mut drawn = Vec::new();
    for described in pictures(&figures, &summary.fronts, &summary.gains) {
        let file = picture(&described, PlotFormat::Svg)?;
        let svg = String::from_utf8_lossy(&file).into_owned();
        files.push((format!("{}.svg", described.name()), file));
        drawn.push((described.name().to_owned(), svg));
    }
    let inline: Vec<StudyPicture<'_>> = drawn
        .iter()
        .map(|(name, svg)| StudyPicture { name, svg })
        .collect();
    let report = study_html(&summary, &inline, env!("CARGO_PKG_VERSION"));
    files.push(("report.html".to_owned(), report.into_bytes()));
    OutputFolder::open(out)?.write(&files)?;
    console.answer(&summary, rendered::rendered)?;
    // A shard may have no points: others have them.
    if rows.is_empty() {
        return Ok(Outcome::Positive);
    }
    Ok(Outcome::unless(reasons(&summary)))
}

fn reasons(summary: &Summary) -> Vec<String> {
    let counted = match summary.unfit {
        Unfit::Excluded => summary.done,
        Unfit::Included => summary.done + summary.does_not_fit,
    };
    if counted > 0 {
        Vec::new()
    } else {
        vec!["no point has a result that fits".to_owned()]
    }
}

/// A bundled study, or one from a file.
fn load(name: &str) -> Result<Study, CliError> {
    let path = Path::new(name);
    let is_file = path.is_file() || path.extension().is_some_and(|extension| extension == "json");
    let study = if is_file {
        let text = fs::read_to_string(path).map_err(CliError::read(path))?;
        Study::from_json(&text, name)
    } else {
        Study::bundled(name)
    };
    study.map_err(|source| match source {
        // These name the file themselves.
        StudyError::Json { .. } | StudyError::Unknown { .. } => CliError::Sweep(source.into()),
        StudyError::Field { .. } => CliError::Study {
            path: path.to_owned(),
            source,
        },
    })
}
