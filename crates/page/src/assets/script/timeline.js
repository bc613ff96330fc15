// The steps one after the other: what the chip computes, exchanges and waits for.
function timeline() {
  const section = view("timeline", "Timeline of steps",
    (training ? "Every bulk-synchronous step of a stage's program in the order of execution: one micro-batch forward and backward, then the update. "
      : "Every bulk-synchronous step of one batch in the order of execution. ")
    + "Drag over a stretch to zoom into it, double-click to see all; "
    + "with the timeline focused, ← and → go from step to step, + and − zoom, Home shows all.");
  section.append(...chips.map(track));
  section.append(...untraced());
}

const TRACK_COLOURS = { convolution: "#009E73", vector: "#0072B2", rearrangement: "#CC79A7", exchange: "#56B4E9", sync: "#8C6D31", host: "#B2182B" };

/// First cycle of every step, and the end of the last.
function starts(steps) {
  const at = [0];
  for (const cycles of steps.cycles) at.push(at[at.length - 1] + cycles);
  return at;
}

function track(chip) {
  const { steps, index } = chip;
  const at = starts(steps);
  const end = mostOfAll((other) => other.steps.cycles.reduce((sum, cycles) => sum + cycles, 0)) || 1;
  const rows = data.step_kinds.filter((_, kind) => steps.kind.includes(kind));
  if (steps.sync_cycles.some((cycles) => cycles > 0)) rows.splice(rows.includes("host") ? rows.length - 1 : rows.length, 0, "sync");
  // One closed shape of many boxes for each row: thousands of steps stay quick to draw.
  const boxes = rows.map(() => ({ x: [], y: [] }));
  const box = (row, from, to) => {
    if (to <= from) return;
    const high = rows.length - 1 - row;
    boxes[row].x.push(from, from, to, to, from, null);
    boxes[row].y.push(high - 0.4, high + 0.4, high + 0.4, high - 0.4, high - 0.4, null);
  };
  steps.name.forEach((_, step) => {
    const synced = at[step] + steps.sync_cycles[step];
    box(rows.indexOf("sync"), at[step], synced);
    box(rows.indexOf(data.step_kinds[steps.kind[step]]), synced, at[step + 1]);
  });
  const detail = element("div", { class: "step", "aria-live": "polite" });
  const holder = element("div", { tabindex: 0, role: "application", "aria-label": `Timeline of ${chip.label}: arrow keys go from step to step` });
  const made = element("div", { class: "track", "data-run": chip.run }, heading(chip.run, chip.label), holder, detail);
  let range = [0, end];
  const plot = chart(holder, `Steps of ${chip.label} over cycles`, 95 + 32 * rows.length, () => ({
    traces: rows.map((row, position) => ({
      type: "scatter", mode: "lines", fill: "toself", name: row, ...boxes[position], hoverinfo: "skip", showlegend: false,
      line: { width: 0.6, color: TRACK_COLOURS[row] }, fillcolor: TRACK_COLOURS[row], fillpattern: {},
    })),
    layout: {
      margin: { l: 105, r: 15, t: 8, b: 42 }, dragmode: "zoom", hovermode: false,
      xaxis: { title: { text: "cycles" }, range, minallowed: 0, maxallowed: end, tickformat: ",d" },
      yaxis: { tickvals: rows.map((_, row) => rows.length - 1 - row), ticktext: rows, fixedrange: true, range: [-0.6, rows.length - 0.4], zeroline: false, showgrid: false },
      shapes: [{ type: "rect", xref: "x", yref: "paper", x0: at[selected[index]], x1: at[selected[index] + 1], y0: 0, y1: 1, line: { color: colour("--ink"), width: 1.5 } }],
    },
  }), listen);
  const zoom = (from, to) => {
    range = to - from >= end ? [0, end] : [Math.max(0, from), Math.min(end, to)];
    relayout(plot, { "xaxis.range": range });
  };
  function listen() {
    plot.on("plotly_relayout", (change) => {
      if (change["xaxis.autorange"]) range = [0, end];
      else if (change["xaxis.range[0]"] !== undefined) range = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    });
    plot.on("plotly_doubleclick", () => { range = [0, end]; });
  }
  const stepAt = (event) => {
    const area = plot.querySelector(".nsewdrag");
    if (!area) return null;
    const box = area.getBoundingClientRect();
    const cycle = range[0] + ((event.clientX - box.left) / box.width) * (range[1] - range[0]);
    if (cycle < 0 || cycle >= at[at.length - 1]) return null;
    let low = 0, high = steps.name.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (at[middle] <= cycle) low = middle;
      else high = middle - 1;
    }
    return low;
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
      + `; fullest tile ${bytes(steps.peak_tile_bytes[step])}` + (layer ? `; layer ${layer}, ${words(chip.layers.kind[of])}` : "") + (training ? `, ${chip.layers.phase[of]}` : "");
  };
  say(selected[index]);
  return made;
}
