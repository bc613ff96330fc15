// The stages side by side over one weight update: who works on which micro-batch when, and who waits.
function pipeline() {
  const section = view("pipeline", "Pipeline",
    "One weight update of a replica, a row for each stage. Drag over a stretch to zoom into it, double-click to see all; point at a stretch to read what it is.");
  const run = runs[0], { spans, result } = run;
  const end = result.time.cycles || 1;
  const names = result.stages.map((_, index) => `stage ${index}`);
  const row = (stage) => spans.length - 1 - stage;
  const boxes = data.activities.map(() => ({ x: [], y: [] }));
  spans.forEach((of, stage) => of.start.forEach((from, span) => {
    const to = from + of.cycles[span], high = row(stage), box = boxes[of.activity[span]];
    box.x.push(from, from, to, to, from, null);
    box.y.push(high - 0.4, high + 0.4, high + 0.4, high - 0.4, high - 0.4, null);
  }));
  const present = data.activities.map((name, activity) => [name, activity]).filter(([, activity]) => boxes[activity].x.length);
  const detail = element("div", { class: "step", "aria-live": "polite" }, "Point at a stretch.");
  const controls = element("div", { class: "controls" });
  section.append(controls);
  let range = [0, end];
  const plot = chart(section, "Pipeline of the stages over cycles", 65 + 38 * spans.length, () => ({
    traces: present.map(([name, activity]) => ({
      type: "scatter", mode: "lines", fill: "toself", name: activityName(name), ...boxes[activity], hoverinfo: "skip",
      line: { width: 0, color: ACTIVITY_COLOURS[name] }, fillcolor: ACTIVITY_COLOURS[name], opacity: 1,
    })),
    layout: {
      margin: { l: 75, r: 15, t: 8, b: 50 }, dragmode: "zoom", hovermode: false, showlegend: false,
      xaxis: { title: { text: "cycles" }, range, minallowed: 0, maxallowed: end, tickformat: "~s" },
      yaxis: { tickvals: names.map((_, stage) => row(stage)), ticktext: names, fixedrange: true, range: [-0.6, spans.length - 0.4], zeroline: false, showgrid: false },
    },
  }), (drawn) => {
    drawn.on("plotly_relayout", (change) => {
      if (change["xaxis.autorange"]) range = [0, end];
      else if (change["xaxis.range[0]"] !== undefined) range = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    });
    drawn.on("plotly_doubleclick", () => { range = [0, end]; });
  });
  section.append(legendOf(present.map(([name]) => [activityName(name), ACTIVITY_COLOURS[name]])), detail);
  // Some slots at either end are what tells how the pipeline fills, and how it drains into the update.
  const stretch = Math.min(end, 4 * spans.length * result.time.full_slot_cycles);
  const last = Math.max(0, ...spans.map((of) => of.start[of.start.length - 1] || 0));
  const ranges = { all: [0, end], first: [0, Math.min(end, stretch / 2)], last: [Math.max(0, Math.min(last, end) - stretch / 2), end] };
  controls.append(choice("Show", [["all", "the whole update"], ["first", "how the pipeline fills"], ["last", "how it drains, and the update"]], (value) => {
    range = ranges[value];
    relayout(plot, { "xaxis.range": range });
  }));
  plot.addEventListener("mousemove", (event) => {
    const area = plot.querySelector(".nsewdrag");
    if (!area) return;
    const box = area.getBoundingClientRect();
    const cycle = range[0] + ((event.clientX - box.left) / box.width) * (range[1] - range[0]);
    const stage = Math.floor(((event.clientY - box.top) / box.height) * spans.length);
    const of = spans[stage];
    if (!of || cycle < 0 || cycle >= end) return;
    let low = 0, high = of.start.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (of.start[middle] <= cycle) low = middle;
      else high = middle - 1;
    }
    detail.textContent = `${stageName(result.stages[stage], stage)}: ${activityName(data.activities[of.activity[low]])}`
      + (of.micro_batch[low] ? `, micro-batch ${of.micro_batch[low]} of ${result.system.gradient_accumulation}` : "")
      + `, cycles ${whole(of.start[low])} to ${whole(of.start[low] + of.cycles[low])} (${whole(of.cycles[low])})`;
  });
}
