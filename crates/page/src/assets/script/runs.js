// What the views of runs share: the runs, their chips, and causes.
const runs = data.runs;
const several = runs.length > 1;
// One weight update of a system of chips, in place of runs of one chip.
const training = runs.some((run) => run.training);
// The chips of all runs, each with its own steps, tiles and variables; a run that was read from a file has none.
const chips = runs
  .flatMap((run, index) => run.chips.map((chip) => ({ ...chip, run: index, result: run.result, label: chip.label ? (several ? `${run.label}, ${chip.label}` : chip.label) : run.label })))
  .map((chip, index) => ({ ...chip, index }));

// A shade of its own for each cause.
const CAUSES = [
  ["ideal", "ideal", "#009E73"],
  ["dot_product_fill", "dot-product fill", "#D55E00"],
  ["kernel_overhead", "kernel overhead", "#E69F00"],
  ["tile_imbalance", "tile imbalance", "#999999"],
  ["vector_work", "vector work", "#0072B2"],
  ["rearrangement", "rearrangement", "#CC79A7"],
  ["exchange", "exchange", "#56B4E9"],
  ["link", "links", "#7A4E9E"],
  ["sync", "sync", "#8C6D31"],
  ["host", "host", "#B2182B"],
  ["bubble", "pipeline bubble", "#5E6B73"],
];

/// The heading of what belongs to a run, or to a chip of it.
const heading = (run, label) => element("h3", {}, several ? swatch(runColour(run)) : "", label);

/// Images of a batch, or of a weight update.
const images = (run) => (run.training ? run.result.system.global_batch : run.result.run.batch);
const perImage = (run, figure) => figure / Math.max(1, images(run));
/// What is said where a run came from a result file, which holds no steps.
const untraced = () =>
  runs
    .filter((run) => !run.chips.length)
    .map((run) => element("p", { class: "note" }, `${run.label}: read from a result file, which holds no steps, tiles or variables.`));

/// The most of a figure over all chips: charts of several runs share their scales.
const mostOfAll = (figure) => chips.reduce((most, chip) => Math.max(most, figure(chip)), 0);

/// A card for each chip, side by side where there is room. All stand in the page before the first is filled: charts measure
/// the place that they get.
function cards(section, filled) {
  const grid = element("div", { class: "grid" });
  section.append(grid, ...untraced());
  const all = chips.map((chip) => element("div", { "data-run": chip.run }, heading(chip.run, chip.label)));
  grid.append(...all);
  chips.forEach((chip, index) => filled(chip, all[index]));
}

// The step that is looked at, of each chip; views that show one follow.
const selected = chips.map((chip) => chip.memory.peak_step);
const followers = [];
function select(chip, step) {
  const last = chips[chip].steps.name.length - 1;
  selected[chip] = Math.max(0, Math.min(last, step));
  for (const follow of followers) follow(chip);
}
