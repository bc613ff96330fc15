//! The answer of `sweep status` for people.

use tilesim::SweepStatus;
use tilesim_report::render::{Cell, Column, Palette, Role, Table, units::significant, wrapped};

/// How far the whole is, then each shard.
pub(super) fn rendered(status: &SweepStatus, palette: &Palette) -> String {
    let mut parts = vec![format!(
        "{}: {} points, {} done, {} without a result, {} missing\n",
        status.study, status.points, status.done, status.failed, status.missing
    )];
    if status.missing > 0 {
        parts.push(format!(
            "{} points/s, {} left\n",
            rate(status.points_per_second),
            time(status.seconds_left)
        ));
    }
    if !status.missing_shards.is_empty() {
        let numbers: Vec<String> = status.missing_shards.iter().map(u64::to_string).collect();
        let text = format!("Not looked at: shards {}", numbers.join(", "));
        parts.push(wrapped(&text, "", palette.width()));
    }
    parts.push("\n".to_owned());
    parts.push(shards(status).render(palette, palette.width()));
    for damage in &status.damaged {
        parts.push(wrapped(damage, "• ", palette.width()));
    }
    parts.concat()
}

fn shards(status: &SweepStatus) -> Table {
    let mut table = Table::new([
        Column::left("shard"),
        Column::left("folder"),
        Column::right("points"),
        Column::right("done"),
        Column::right("failed"),
        Column::right("missing"),
        Column::right("points/s"),
        Column::right("left"),
    ]);
    for shard in &status.shards {
        let role = if shard.missing == 0 {
            Role::Plain
        } else {
            Role::Bad
        };
        table.push([
            Cell::from(shard.shard.clone()),
            Cell::from(shard.folder.display().to_string()),
            Cell::from(shard.points.to_string()),
            Cell::from(shard.done.to_string()),
            Cell::from(shard.failed.to_string()),
            Cell::new(&shard.missing.to_string(), role),
            Cell::from(rate(shard.points_per_second)),
            Cell::from(time(shard.seconds_left)),
        ]);
    }
    table
}

fn rate(points_per_second: Option<f64>) -> String {
    points_per_second.map_or_else(|| "–".to_owned(), significant)
}

/// `2 h 5 min`, in the two largest units.
fn time(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds.filter(|seconds| seconds.is_finite()) else {
        return "–".to_owned();
    };
    let seconds = seconds.ceil() as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    if days > 0 {
        format!("{days} d {} h", hours % 24)
    } else if hours > 0 {
        format!("{hours} h {} min", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_have_two_units() {
        let times = [
            None,
            Some(0.0),
            Some(59.2),
            Some(3_599.0),
            Some(7_500.0),
            Some(90_000.0),
        ]
        .map(time);
        assert_eq!(
            times,
            ["–", "0 s", "1 min 0 s", "59 min 59 s", "2 h 5 min", "1 d 1 h"]
        );
    }
}
