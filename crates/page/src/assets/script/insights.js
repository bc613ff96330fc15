// What to change, and what it would gain.
function insights() {
  const section = view("insights", "What would change it", "Each gain is a bound: what the cause takes today. No change removes all of it.");
  const layers = (row) => row.layers.map(([name, cycles]) => `${name} (${whole(cycles)})`).join(", ");
  runs.forEach((run, index) => {
    section.append(heading(index, run.label));
    sortableTable(section, `insights-${index}`, [
      { name: "cause", text: true, value: (row) => words(row.subject), show: (row) => words(row.subject) },
      { name: "gain at most", value: (row) => row.cycles, show: (row) => row.gain },
      { name: "cycles", unit: "of a batch", value: (row) => row.cycles, show: (row) => (row.cycles === null ? "–" : whole(row.cycles)) },
      { name: "most in", text: true, value: (row) => (row.layers[0] || [""])[0], show: (row) => layers(row) || "–" },
      { name: "what takes fewer", text: true, value: (row) => row.lever, show: (row) => row.lever },
    ], run.insights, { caption: `What would change ${run.label}` });
  });
}

/// Predicted over measured of every measurement on real chips, sorted within its group: an S around 1.
function silicon(section) {
  const curves = data.silicon.filter((curve) => curve.predicted_over_measured.length > 0);
  if (curves.length === 0) return;
  section.append(element("p", { class: "note" }, "What this version predicts of public measurements on real chips, over what was measured, sorted within each group; the band is 10 %. In brackets the rows that are predicted."));
  section.append(legendOf(curves.map((curve, index) => [`${words(curve.group)} (${curve.predicted_over_measured.length})`, runColour(index)])));
  chart(section, "Predicted over measured on real chips", 360, () => ({
    traces: curves.map((curve, index) => {
      const ratios = curve.predicted_over_measured;
      return {
        type: "scatter", mode: "lines+markers", name: `${plain(words(curve.group))} (${ratios.length})`,
        x: ratios.map((_, rank) => (100 * (rank + 0.5)) / ratios.length), y: ratios,
        marker: { color: runColour(index), symbol: runSymbol(index) }, line: { color: runColour(index), width: 1.5 },
        hovertemplate: "%{y:.3f} of what was measured<extra>%{fullData.name}</extra>",
      };
    }),
    layout: {
      showlegend: false,
      xaxis: { title: { text: "share of the group's rows in percent" }, range: [0, 100] },
      yaxis: { title: { text: "predicted over measured" } },
      shapes: [{ type: "rect", xref: "paper", x0: 0, x1: 1, y0: 0.9, y1: 1.1, fillcolor: colour("--faint"), opacity: 0.15, line: { width: 0 } }],
    },
  }));
}

function about() {
  const section = view("about", "Validation and input");
  silicon(section);
  runs.forEach((run, index) => section.append(
    heading(index, run.label),
    element("p", { class: "note" }, run.validation),
    run.training ? "" : element("p", { class: "note" }, run.result.energy
      ? `Energy is that of the multiply-accumulates alone, ${run.result.energy.picojoules_per_flop} pJ a FLOP as the machine file cites; no sourced figure is known for memory, exchange and leakage, so none is given.`
      : "The machine file cites no energy of a FLOP, so no energy is given."),
    element("details", {}, element("summary", {}, "Everything that the run depends on"), element("pre", {}, JSON.stringify(run.input, null, 1)))));
}
