// How many times better: what is promised beside what is got.
function gains() {
  const all = summary.gains.map((gain, index) => ({ ...gain, index })).filter((gain) => gain.gain !== null);
  if (all.length === 0) return;
  const section = view("gains", "How many times better", "All else equal. Above 1 is better; a row opens to the gain at every point of the reference.");
  const whole = all.filter((gain) => Object.keys(gain.each).length === 0);
  if (new Set(whole.map((gain) => gain.name)).size > 1) gainsChart(section, whole);
  sortableTable(section, "gains-table", [
    { name: "what", text: true, value: (gain) => gain.name, show: (gain) => gain.name, open: (gain) => gainPlaces(gain) },
    { name: "of", text: true, value: (gain) => settingsNamed(gain.each), show: (gain) => settingsNamed(gain.each) || "–" },
    { name: "in", text: true, value: (gain) => quantity(gain.metric).name, show: (gain) => quantity(gain.metric).name },
    { name: "here", value: (gain) => gain.gain, show: (gain) => times(gain.gain), figure: (gain) => [`gains.${gain.index}.gain`, gain.gain] },
    { name: "source", value: (gain) => gain.published, show: (gain) => (gain.published === null ? "–" : times(gain.published)), figure: (gain) => (gain.published === null ? null : [`gains.${gain.index}.published`, gain.published]) },
    { name: "error", unit: "%", value: (gain) => gain.error, show: (gain) => (gain.error === null ? "–" : (100 * gain.error).toFixed(1)), figure: (gain) => (gain.error === null ? null : [`gains.${gain.index}.error`, gain.error]) },
  ], all, { words: (gain) => `${gain.name} ${settingsNamed(gain.each)} ${quantity(gain.metric).name}`.toLowerCase(), note: "words of a comparison", caption: "Gains" });
}

function gainPlaces(gain) {
  const { name } = quantity(gain.metric);
  return scroller("Gain at every point", element("table", {},
    element("thead", {}, element("tr", {}, ...["at", `${name}, reference`, name, "gain"].map((text, index) => element("th", { class: index ? "" : "text", scope: "col" }, text)))),
    element("tbody", {}, ...gain.at.map((at) => element("tr", {},
      element("td", { class: "text" }, Object.entries(at.at).map(([key, value]) => (key.includes(".") && typeof value === "number" ? `${quantity(key).name} ${written(key, value)}` : setting(key, value))).join(", ") || "all"),
      element("td", {}, written(gain.metric, at.reference)), element("td", {}, written(gain.metric, at.figure)), element("td", {}, times(at.gain)))))));
}

/// A row for each comparison, a mark for each of its figures, and hollow ones for what the source says.
function gainsChart(section, all) {
  const names = [...new Set(all.map((gain) => gain.name))];
  const metrics = [...new Set(all.map((gain) => gain.metric))];
  chart(section, "Gains of every comparison", 130 + 34 * names.length, () => ({
    traces: [
      ...metrics.map((metric, index) => {
        const own = all.filter((gain) => gain.metric === metric);
        return {
          type: "scatter", mode: "markers", name: plain(quantity(metric).name), x: own.map((gain) => gain.gain), y: own.map((gain) => plain(gain.name)),
          marker: { color: runColour(index), symbol: runSymbol(index), size: 11 }, hovertemplate: "%{y}<br>%{x:.2f}×<extra>" + plain(quantity(metric).name) + "</extra>",
        };
      }),
      ...metrics.filter((metric) => all.some((gain) => gain.metric === metric && gain.published !== null)).map((metric) => {
        const own = all.filter((gain) => gain.metric === metric && gain.published !== null);
        const index = metrics.indexOf(metric);
        return {
          type: "scatter", mode: "markers", name: plain(`${quantity(metric).name}, the source`), x: own.map((gain) => gain.published), y: own.map((gain) => plain(gain.name)),
          marker: { color: runColour(index), symbol: runSymbol(index) + "-open", size: 16, line: { width: 2 } }, hovertemplate: "%{y}<br>%{x:.2f}×<extra>the source</extra>",
        };
      }),
    ],
    layout: {
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 60, r: 15, t: 50, b: 50 },
      xaxis: { title: { text: "times better" }, type: "log", tickvals: [0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 20, 50], ticktext: ["0.5", "0.7", "1", "1.5", "2", "3", "4", "5", "7", "10", "20", "50"] },
      yaxis: { automargin: true, autorange: "reversed", type: "category", categoryarray: names.map(plain) },
      shapes: [{ type: "line", x0: 1, x1: 1, yref: "paper", y0: 0, y1: 1, line: { color: colour("--faint"), width: 1.5 } }],
    },
  }));
}
