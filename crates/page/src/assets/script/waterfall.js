// From FLOPs to cycles: what each cause adds.
function waterfall() {
  const section = view("waterfall", "From FLOPs to cycles",
    (training ? "Cycles of one weight update for each of its images, as the mean over chips. " : "Cycles of one image. ")
    + "The first bar is what the useful products would take at the peak rate; each further bar is what its cause adds, down to the total.");
  if (several) {
    section.append(element("div", { class: "legend" }, ...runs.map((run, index) => element("span", {}, swatch(runColour(index)), run.label))));
  }
  const causes = CAUSES.filter(([key]) => runs.some((run) => run.result.cycles_by_cause[key] > 0));
  chart(section, "Waterfall of cycles by cause", 390, () => {
    const width = section.clientWidth - 80;
    const room = (0.8 * width) / (causes.length + 1) / runs.length;
    const traces = runs.map((run, index) => {
      const total = run.result.time.cycles;
      const cycles = causes.map(([key]) => perImage(run, run.result.cycles_by_cause[key]));
      const fill = several ? runColour(index) : "#0072B2";
      return {
        type: "waterfall", name: plain(run.label), offsetgroup: index, orientation: "v",
        x: [...causes.map(([, name]) => name), "total"],
        measure: [...causes.map(() => "relative"), "total"],
        y: [...cycles, null],
        // Bars that are narrower than their figures stand without; the table below has all.
        text: room < 40 ? undefined : [...cycles, perImage(run, total)].map(count),
        customdata: [...causes.map(([key]) => percent(run.result.cycles_by_cause[key] / total)), percent(1)],
        textposition: "outside", textangle: 0, textfont: { size: 10 }, cliponaxis: false,
        hovertemplate: "%{x}<br>%{delta:,.0f} cycles (%{customdata})<br>so far %{final:,.0f}<extra>" + plain(run.label) + "</extra>",
        increasing: { marker: { color: fill } },
        decreasing: { marker: { color: fill } },
        totals: { marker: { color: fill, line: { color: colour("--ink"), width: 1.5 } } },
        // Those of one run would strike through the figures of another.
        connector: { visible: !several, line: { color: colour("--faint"), width: 1, dash: "dot" } },
      };
    });
    return {
      traces,
      layout: {
        waterfallmode: "group", waterfallgap: 0.2, showlegend: false,
        yaxis: { title: { text: "cycles of one image" }, rangemode: "tozero" }, xaxis: { tickangle: width / (causes.length + 1) < 105 ? -90 : 0, automargin: true },
      },
    };
  });
  const table = element("table", { id: "causes" },
    element("thead", {}, element("tr", {}, element("th", { class: "text" }, "cause"),
      ...runs.flatMap((run, index) => [element("th", { colspan: 2 }, several ? swatch(runColour(index)) : "", run.label),
        ...(index ? [element("th", {}, "difference")] : [])]))),
    element("tbody", {}, ...causes.map(([key, name]) => element("tr", {}, element("td", { class: "text" }, name),
      ...runs.flatMap((run, index) => {
        const cycles = perImage(run, run.result.cycles_by_cause[key]);
        const change = cycles - perImage(runs[0], runs[0].result.cycles_by_cause[key]);
        return [
          element("td", { "data-figure": "cycles_by_cause." + key, "data-run": index, "data-value": run.result.cycles_by_cause[key] }, whole(cycles)),
          element("td", {}, percent(run.result.cycles_by_cause[key] / run.result.time.cycles)),
          ...(index ? [element("td", {}, difference(change))] : []),
        ];
      })))));
  section.append(scroller("Cycles by cause", table));
}
