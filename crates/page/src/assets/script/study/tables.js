// What wins, what each setting does, and what has no result.
function winners() {
  if (!summary.winners.length) return;
  const section = view("winners", "What wins", "The best point among all with the same settings on the left.");
  const all = summary.winners.map((winner, index) => ({ ...winner, index }));
  sortableTable(section, "winners-table", [
    { name: "among", text: true, value: (row) => settingsNamed(row.within), show: (row) => settingsNamed(row.within) || "all" },
    { name: "best at", text: true, value: (row) => row.metric, show: (row) => `${row.goal === "minimise" ? "least" : "most"} ${quantity(row.metric).name}` },
    { name: "with", text: true, value: (row) => settingsNamed(row.settings), show: (row) => settingsNamed(row.settings), open: (row) => pointCard(row.point) },
    { name: "figure", value: (row) => row.figure, show: (row) => written(row.metric, row.figure), figure: (row) => [`winners.${row.index}.figure`, row.figure] },
    { name: "over the first", value: (row) => row.over_first, show: (row) => times(row.over_first ?? NaN) },
    { name: "over the next", value: (row) => row.over_next, show: (row) => times(row.over_next ?? NaN) },
  ], all, { words: (row) => `${settingsNamed(row.within)} ${settingsNamed(row.settings)} ${quantity(row.metric).name}`.toLowerCase(), note: "words of a setting", caption: "Winners" });
}

function effects() {
  if (!summary.effects.length) return;
  const section = view("effects", "What each setting does", `All else equal, in ${quantity(summary.effects[0].metric).name}: against the first value of the same setting, as the mean over all pairs of points that differ in it alone.`);
  const all = summary.effects.map((effect, index) => ({ ...effect, index }));
  sortableTable(section, "effects-table", [
    { name: "setting", text: true, value: (row) => Object.keys(row.settings).map((key) => quantity(key).name).join(", "), show: (row) => settingsNamed(row.settings) },
    { name: "times better than the first", value: (row) => row.advantage, show: (row) => times(row.advantage ?? NaN), figure: (row) => (row.advantage === null ? null : [`effects.${row.index}.advantage`, row.advantage]) },
    { name: "pairs", value: (row) => row.pairs, show: (row) => whole(row.pairs) },
    { name: "best of its row", value: (row) => row.wins, show: (row) => whole(row.wins) },
  ], all, { words: (row) => settingsNamed(row.settings).toLowerCase(), note: "words of a setting", caption: "Effects" });
}

function failures() {
  const all = Object.entries(summary.failures);
  if (!all.length) return;
  const section = view("failures", "What has no result");
  sortableTable(section, "failures-table", [
    { name: "reason", text: true, value: ([reason]) => reason, show: ([reason]) => reason },
    { name: "points", value: ([, many]) => many, show: ([, many]) => whole(many) },
  ], all, { caption: "Failures" });
}
