// A system that trains: what it is, what its stages do, what they hold.

// Okabe and Ito's palette for work, shades of grey for waiting.
const ACTIVITY_COLOURS = {
  forward: "#009E73", recompute: "#E69F00", backward: "#0072B2", update: "#CC79A7", all_reduce: "#D55E00", streaming: "#8C6D31",
  link: "#7A4E9E", sync: "#56B4E9", host: "#B2182B", slower_stages: "#999999", fill_and_drain: "#cfd4da",
};
const ACTIVITY_NAMES = { slower_stages: "waiting for slower stages", fill_and_drain: "pipeline fills and drains", link: "links between stages", sync: "sync of chips" };
const activityName = (activity) => ACTIVITY_NAMES[activity] || words(activity);
const stageName = (stage, index) => `stage ${index}: ${stage.blocks[0]} – ${stage.blocks[1]}`;

const counted = (count, one, several = one + "s") => `${count} ${count === 1 ? one : several}`;

function systemSummary() {
  const section = view("summary", "Summary");
  const cards = element("div", { class: "grid" });
  runs.forEach((run, index) => cards.append(systemCard(run, index)));
  section.append(reading(), cards);
}

function systemCard(run, index) {
  const { result } = run;
  const { system, memory, time } = result;
  const figure = (name, path, text, value) => [element("div", {}, element("dt", {}, name), element("dd", { "data-figure": path, "data-value": value }, text(value)))];
  const share = memory.peak_bytes / memory.tile_bytes;
  const fits = memory.fits
    ? `fits: ${percent(1 - share)} of the fullest tile of stage ${memory.fullest_stage} is free`
    : `does not fit: ${bytes(memory.peak_bytes - memory.tile_bytes)} too much in stage ${memory.fullest_stage}`;
  const ideal = result.cycles_by_cause.ideal;
  return element("article", { class: "card", "data-run": index },
    heading(index, run.label),
    element("div", { class: "headline" },
      element("span", { "data-figure": "time.images_per_second", "data-value": time.images_per_second }, whole(time.images_per_second)),
      element("small", {}, " images/s in training")),
    element("p", { class: "note" },
      `${counted(system.stages, "stage")} × ${counted(system.replicas, "replica")} of ${result.machine.name} (${whole(result.machine.tiles)} tiles each); ${system.schedule} schedule, `
      + `recomputation ${words(system.recomputation)}, precision ${system.precision}; ${counted(system.gradient_accumulation, "micro-batch", "micro-batches")} of ${system.micro_batch} on each replica`),
    element("dl", { class: "figures spread" },
      ...figure("images of an update", "system.global_batch", whole, system.global_batch),
      ...figure("cycles of an update", "time.cycles", whole, time.cycles),
      ...figure("time of an update", "time.seconds", seconds, time.seconds),
      ...figure("cycles of a full slot", "time.full_slot_cycles", whole, time.full_slot_cycles),
      ...figure("FLOP/s of all chips", "time.flops_per_second", count, time.flops_per_second),
      ...figure("cycles of useful products", "cycles_by_cause.ideal", (value) => percent(value / Math.max(1, time.cycles)), ideal),
      ...figure("time at work", "time.pipeline_efficiency", percent, time.pipeline_efficiency),
      ...figure("slowest stage", "slowest_stage", String, result.slowest_stage),
      ...figure("its work over the mean", "balance", (value) => `${value.toFixed(2)}×`, result.balance),
      ...figure("fullest tile", "memory.peak_bytes", bytes, memory.peak_bytes),
      ...(memory.largest_micro_batch === undefined ? [] : figure("largest micro-batch that fits", "memory.largest_micro_batch", whole, memory.largest_micro_batch)),
      ...(result.proposal ? figure("images/s with better splits", "proposal.images_per_second", whole, result.proposal.images_per_second) : [])),
    meter(memory.peak_bytes, memory.tile_bytes),
    element("div", { class: "verdict " + (memory.fits ? "good" : "bad") }, (memory.fits ? "✓ " : "✗ ") + fits),
    result.proposal ? element("p", { class: "note" }, `Better splits: ${result.proposal.splits.join(", ")}`) : "",
    trust(run.validation));
}

/// Cycles of a whole update by activity, from what the result says of a micro-batch and of what lies outside the stage's program.
function activityCycles(result, stage) {
  const { cycles, waits } = stage;
  const repeated = result.system.gradient_accumulation;
  return {
    ...waits,
    forward: repeated * cycles.forward, recompute: repeated * cycles.recompute, backward: repeated * cycles.backward, update: cycles.update,
  };
}

function stages() {
  const section = view("stages", "Stages", "What every stage does in one weight update. All take the same time: whoever has less work waits.");
  const { result } = runs[0];
  const names = result.stages.map(stageName);
  let by = "activity";
  const controls = element("div", { class: "controls" });
  section.append(controls);
  const parts = {
    activity: () => data.activities.map((activity) => [activityName(activity), ACTIVITY_COLOURS[activity], result.stages.map((stage) => activityCycles(result, stage)[activity])]),
    cause: () => CAUSES.map(([key, name, fill]) => [name, fill, result.stages.map((stage) => stage.cycles_by_cause[key])]),
  };
  const shown = () => parts[by]().filter(([, , cycles]) => cycles.some((of) => of > 0));
  const holder = chart(section, "Cycles of every stage", 65 + 38 * names.length, () => ({
    traces: shown().map(([name, fill, cycles]) => ({
      type: "bar", orientation: "h", name, y: names.map(plain), x: cycles, marker: { color: fill },
      text: cycles.map((of) => percent(of / Math.max(1, result.time.cycles))), textposition: "none",
      hovertemplate: "%{y}<br>%{fullData.name}: %{x:,.0f} cycles, %{text}<extra></extra>",
    })),
    layout: {
      barmode: "stack", bargap: 0.25, showlegend: false, margin: { l: 60, r: 15, t: 8, b: 50 },
      xaxis: { title: { text: "cycles of one update" }, tickformat: "~s", range: [0, result.time.cycles] },
      yaxis: { autorange: "reversed", automargin: true },
    },
  }));
  let legend = legendOf(shown());
  controls.append(choice("By", [["activity", "what they do"], ["cause", "cause"]], (value) => {
    by = value;
    holder.redraw();
    const changed = legendOf(shown());
    legend.replaceWith(changed);
    legend = changed;
  }));
  section.append(legend, scroller("Cycles of the stages", stageTable(result)));
}

/// A column for each stage: there are fewer of those than of figures.
function stageTable(result) {
  const groups = [
    ["Cycles of one micro-batch", [["forward", "cycles.forward"], ["recompute", "cycles.recompute"], ["backward", "cycles.backward"], ["sum", null]]],
    ["Cycles of one update", [
      ["optimiser", "cycles.update"], ["all-reduce of gradients", "waits.all_reduce"], ["streaming memory", "waits.streaming"], ["links between stages", "waits.link"],
      ["sync of chips", "waits.sync"], ["host", "waits.host"], ["waiting for slower stages", "waits.slower_stages"], ["pipeline fills and drains", "waits.fill_and_drain"],
    ]],
    ["By cause, in all of the update", CAUSES.filter(([key]) => result.cycles_by_cause[key] > 0).map(([key, name]) => [name, "cycles_by_cause." + key])],
  ];
  const value = (stage, path) => path.split(".").reduce((of, key) => of[key], stage);
  const marked = (index) => result.stages.length > 1 && index === result.slowest_stage;
  const mark = (index) => (marked(index) ? "marked" : "");
  return element("table", { id: "stage-table" },
    element("thead", {}, element("tr", {}, element("th", {}), ...result.stages.map((stage, index) => element("th", { scope: "col", class: mark(index) },
      stageName(stage, index), marked(index) ? element("div", { class: "note" }, "slowest") : "")))),
    ...groups.map(([heading, rows]) => element("tbody", { "data-run": 0 },
      element("tr", {}, element("th", { class: "text", colspan: 1 + result.stages.length }, heading)),
      ...rows.map(([name, path]) => element("tr", {}, element("td", { class: "text" }, name), ...result.stages.map((stage, index) => (path
        ? element("td", { class: mark(index), "data-figure": `stages.${index}.${path}`, "data-value": value(stage, path) }, whole(value(stage, path)))
        : element("td", { class: mark(index) }, whole(stage.cycles.forward + stage.cycles.recompute + stage.cycles.backward)))))))));
}

/// What the fullest tile of every stage holds at its fullest step.
function stageMemory() {
  const section = view("stage-memory", "Memory of the stages", "What the fullest tile of every stage's chip holds at its fullest step.");
  const { result } = runs[0];
  const names = result.stages.map(stageName);
  const parts = [
    ["always live: weights, accumulated gradients, optimiser, code", CATEGORY_COLOURS[0], (memory) => memory.always_live_bytes],
    ["kept of the micro-batches in flight", CATEGORY_COLOURS[1], (memory) => memory.kept_bytes],
    ["activations and temporaries of the step", CATEGORY_COLOURS[2], (memory) => memory.peak_bytes - memory.gap_bytes - memory.always_live_bytes - memory.kept_bytes],
    ["gaps between variables", CATEGORY_COLOURS[5], (memory) => memory.gap_bytes],
  ];
  const all = result.memory.tile_bytes / 1024;
  chart(section, "Memory of every stage", 106 + 38 * names.length, () => ({
    traces: parts.map(([name, fill, of]) => ({
      type: "bar", orientation: "h", name, y: names.map(plain), x: result.stages.map((stage) => of(stage.memory) / 1024), marker: { color: fill },
      hovertemplate: "%{y}<br>%{fullData.name}: %{x:,.1f} KiB<extra></extra>",
    })),
    layout: {
      barmode: "stack", bargap: 0.25, showlegend: false, margin: { l: 60, r: 15, t: 48, b: 50 },
      xaxis: { title: { text: "KiB of the fullest tile" }, rangemode: "tozero" },
      yaxis: { autorange: "reversed", automargin: true },
      shapes: [{ type: "line", xref: "x", x0: all, x1: all, yref: "paper", y0: 0, y1: 1, line: { color: colour("--bad"), width: 2, dash: "dash" } }],
      annotations: [{ xref: "x", x: all, yref: "paper", y: 1, text: "all of a tile's SRAM", showarrow: false, yanchor: "bottom", xanchor: "right", font: { color: colour("--bad") } }],
    },
  }));
  const figure = (path, value, text) => element("td", { "data-figure": path, "data-value": value }, text(value));
  section.append(legendOf(parts), scroller("Memory of the stages", element("table", { id: "stage-memory-table" },
    element("thead", {}, element("tr", {}, ...["stage", "peak", "always live", "kept", "in flight", "", "fullest step"].map((name, at) => element("th", { class: at === 0 || at > 4 ? "text" : "", scope: "col" }, name)))),
    element("tbody", { "data-run": 0 }, ...result.stages.map((stage, index) => {
      const { memory } = stage, path = `stages.${index}.memory.`;
      const fullest = result.stages.length > 1 && index === result.memory.fullest_stage;
      return element("tr", fullest ? { class: "selected" } : {},
        element("td", { class: "text" }, stageName(stage, index) + (fullest ? " (fullest)" : "")),
        figure(path + "peak_bytes", memory.peak_bytes, bytes), figure(path + "always_live_bytes", memory.always_live_bytes, bytes),
        figure(path + "kept_bytes", memory.kept_bytes, bytes), figure(path + "in_flight", memory.in_flight, whole),
        element("td", { class: "text" }, element("span", { class: "verdict " + (memory.fits ? "good" : "bad") }, memory.fits ? "✓ fits" : "✗ does not fit")),
        element("td", { class: "text wrap" }, memory.peak_step));
    })))));
}
