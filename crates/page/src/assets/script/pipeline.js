// The stages side by side over one weight update: who works on which micro-batch when, and who waits.
function pipeline() {
  const section = view("pipeline", "Pipeline",
    "One weight update of a replica, a row for each stage. Drag over a stretch to zoom into it, double-click to see all; point at a stretch to read what it is.");
  const run = runs[0], { spans, result } = run;
  const end = result.time.cycles || 1;
  const names = result.stages.map((_, index) => `stage ${index}`);
  const row = (stage) => spans.length - 1 - stage;
  const shapes = data.activities.map(emptyShape);
  spans.forEach((of, stage) => of.start.forEach((from, span) => {
    addBox(shapes[of.activity[span]], from, from + of.cycles[span], row(stage) - 0.4, row(stage) + 0.4);
  }));
  const present = data.activities.map((name, activity) => [name, activity]).filter(([, activity]) => shapes[activity].x.length);
  const detail = element("div", { class: "step", "aria-live": "polite" }, "Point at a stretch.");
  const controls = element("div", { class: "controls" });
  section.append(controls);
  let range = [0, end];
  const plot = chart(section, "Pipeline of the stages over cycles", 87 + 38 * spans.length, () => ({
    traces: present.map(([name, activity]) => ({
      type: "scatter", mode: "none", fill: "toself", name: activityName(name), ...shapes[activity], hoverinfo: "skip",
      fillcolor: ACTIVITY_COLOURS[name],
    })),
    layout: {
      margin: { l: 75, r: 15, t: 30, b: 50 }, dragmode: "zoom", hovermode: false, showlegend: false,
      xaxis: { title: { text: "cycles" }, range: [...range], minallowed: 0, maxallowed: end, tickformat: "~s" },
      yaxis: { tickvals: names.map((_, stage) => row(stage)), ticktext: names, fixedrange: true, range: [-0.6, spans.length - 0.4], zeroline: false, showgrid: false },
    },
  }), (drawn) => {
    drawn.on("plotly_relayout", (change) => { range = rangeAfter(change, [0, end]) || range; });
  });
  section.append(legendOf(present.map(([name]) => [activityName(name), ACTIVITY_COLOURS[name]])), detail);
  // Some slots at either end are what tells how the pipeline fills, and how it drains into the update.
  const stretch = Math.min(end, 4 * spans.length * result.time.full_slot_cycles);
  const last = Math.max(0, ...spans.map((of) => of.start[of.start.length - 1] || 0));
  const ranges = { all: [0, end], first: [0, Math.min(end, stretch / 2)], last: [Math.max(0, Math.min(last, end) - stretch / 2), end] };
  controls.append(choice("Show", [["all", "the whole update"], ["first", "how the pipeline fills"], ["last", "how it drains, and the update"]], (value) => {
    range = ranges[value];
    relayout(plot, { "xaxis.range": [...range] });
  }));
  plot.addEventListener("mousemove", (event) => {
    const area = plot.querySelector(".nsewdrag");
    if (!area) return;
    const box = area.getBoundingClientRect();
    const cycle = range[0] + ((event.clientX - box.left) / box.width) * (range[1] - range[0]);
    const stage = Math.floor(((event.clientY - box.top) / box.height) * spans.length);
    const of = spans[stage];
    if (!of || cycle < 0 || cycle >= end) return;
    const span = placeOf(of.start, cycle);
    detail.textContent = `${stageName(result.stages[stage], stage)}: ${activityName(data.activities[of.activity[span]])}`
      + (of.micro_batch[span] ? `, micro-batch ${of.micro_batch[span]} of ${result.system.gradient_accumulation}` : "")
      + `, cycles ${whole(of.start[span])} to ${whole(of.start[span] + of.cycles[span])} (${whole(of.cycles[span])})`;
  });
}
