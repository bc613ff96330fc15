// The steps one after the other: what the chip computes, exchanges and waits for.
function timeline() {
  const section = view("timeline", "Timeline of steps",
    (training ? "Every bulk-synchronous step of a stage's program in the order of execution: one micro-batch forward and backward, then the update. "
      : "Every bulk-synchronous step of one batch in the order of execution. ")
    + "Where steps are too many to be told apart, a bar is as high as its share of the time. Drag over a stretch to zoom into it, double-click to see all; "
    + "with the timeline focused, ← and → go from step to step, + and − zoom, Home shows all.");
  section.append(...chips.map(track));
  section.append(...untraced());
}

const TRACK_COLOURS = { convolution: "#009E73", vector: "#0072B2", rearrangement: "#CC79A7", exchange: "#56B4E9", sync: "#8C6D31", host: "#B2182B" };

function track(chip) {
  const { steps, index } = chip;
  const at = starts(steps);
  const end = mostOfAll((other) => other.steps.cycles.reduce((sum, cycles) => sum + cycles, 0)) || 1;
  const rows = data.step_kinds.filter((_, kind) => steps.kind.includes(kind));
  if (steps.sync_cycles.some((cycles) => cycles > 0)) rows.splice(rows.includes("host") ? rows.length - 1 : rows.length, 0, "sync");
  const [syncRow, rowOfKind] = [rows.indexOf("sync"), data.step_kinds.map((name) => rows.indexOf(name))];
  const parts = (step, part) => {
    const synced = at[step] + steps.sync_cycles[step];
    if (syncRow >= 0) part(syncRow, at[step], synced);
    part(rowOfKind[steps.kind[step]], synced, at[step + 1]);
  };
  const detail = element("div", { class: "step", "aria-live": "polite" });
  const holder = element("div", { tabindex: 0, role: "application", "aria-label": `Timeline of ${chip.label}: arrow keys go from step to step` });
  const made = element("div", { class: "track", "data-run": chip.run }, heading(chip.run, chip.label), holder, detail);
  let range = [0, end];
  const shapes = () => rowsOf(at, rows, parts, ...range);
  const plot = chart(holder, `Steps of ${chip.label} over cycles`, 117 + 32 * rows.length, () => ({
    traces: shapes().map((shape, row) => ({
      type: "scatter", mode: "lines", fill: "toself", name: rows[row], ...shape, hoverinfo: "skip", showlegend: false,
      line: { width: 0.6, color: TRACK_COLOURS[rows[row]] }, fillcolor: TRACK_COLOURS[rows[row]], fillpattern: {},
    })),
    layout: {
      margin: { l: 105, r: 15, t: 30, b: 42 }, dragmode: "zoom", hovermode: false,
      xaxis: { title: { text: "cycles" }, range: [...range], minallowed: 0, maxallowed: end, tickformat: "~s", tickangle: 0, nticks: Math.max(2, Math.floor(holder.clientWidth / 80)) },
      yaxis: { tickvals: rows.map((_, row) => rows.length - 1 - row), ticktext: rows, fixedrange: true, range: [-0.6, rows.length - 0.4], zeroline: false, showgrid: false },
      shapes: [{ type: "rect", xref: "x", yref: "paper", x0: at[selected[index]], x1: at[selected[index] + 1], y0: 0, y1: 1, line: { color: colour("--ink"), width: 1.5 } }],
    },
  }), listen);
  const zoom = (from, to) => {
    relayout(plot, { "xaxis.range": to - from >= end ? [0, end] : [Math.max(0, from), Math.min(end, to)] });
  };
  function listen() {
    plot.on("plotly_relayout", (change) => {
      const changed = rangeAfter(change, [0, end]);
      if (!changed) return;
      range = changed;
      if (steps.name.length <= DRAWN_STEPS) return;
      const drawn = shapes();
      Plotly.restyle(plot, { x: drawn.map(({ x }) => x), y: drawn.map(({ y }) => y) });
    });
  }
  const stepAt = (event) => {
    const area = plot.querySelector(".nsewdrag");
    if (!area) return null;
    const box = area.getBoundingClientRect();
    const cycle = range[0] + ((event.clientX - box.left) / box.width) * (range[1] - range[0]);
    if (cycle < 0 || cycle >= at[at.length - 1]) return null;
    return Math.min(placeOf(at, cycle), steps.name.length - 1);
  };
  plot.addEventListener("mousemove", (event) => { const step = stepAt(event); if (step !== null) say(step); });
  plot.addEventListener("mouseleave", () => say(selected[index]));
  let pressed = null;
  plot.addEventListener("mousedown", (event) => { pressed = event.clientX; }, true);
  document.addEventListener("mouseup", (event) => {
    const still = pressed !== null && Math.abs(event.clientX - pressed) < 3;
    pressed = null;
    const step = still ? stepAt(event) : null;
    if (step !== null) select(index, step);
  }, true);
  holder.addEventListener("keydown", (event) => {
    const middle = (at[selected[index]] + at[selected[index] + 1]) / 2, width = range[1] - range[0];
    const keys = {
      ArrowLeft: () => select(index, selected[index] - 1), ArrowRight: () => select(index, selected[index] + 1),
      "+": () => zoom(middle - width / 4, middle + width / 4), "=": () => zoom(middle - width / 4, middle + width / 4),
      "-": () => zoom(middle - width, middle + width), Home: () => zoom(0, end),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  followers.push((changed) => {
    if (changed !== index) return;
    const [from, to] = [at[selected[index]], at[selected[index] + 1]];
    if (from < range[0] || to > range[1]) zoom(from - (range[1] - range[0]) / 2, from + (range[1] - range[0]) / 2);
    relayout(plot, { "shapes[0].x0": from, "shapes[0].x1": to });
    say(selected[index]);
  });
  const say = (step) => {
    const of = steps.layer[step], layer = chip.layers.name[of];
    detail.dataset.step = step;
    detail.textContent = `Step ${step} of ${steps.name.length - 1}: ${steps.name[step]} (${data.step_kinds[steps.kind[step]]}), cycles ${whole(at[step])} to ${whole(at[step + 1])}`
      + (steps.repeats[step] > 1 ? `, ${steps.repeats[step]} runs` : "")
      + `; ${steps.active_tiles[step]} tiles with work` + (steps.sent_bytes[step] ? `; ${bytes(steps.sent_bytes[step])} sent` : "")
      + `; fullest tile ${bytes(steps.fullest_tile_bytes[step])}` + (layer ? `; layer ${layer}, ${words(chip.layers.kind[of])}` : "") + (training ? `, ${chip.layers.phase[of]}` : "");
  };
  say(selected[index]);
  return made;
}
