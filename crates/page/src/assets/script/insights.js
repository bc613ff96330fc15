// What to change, and what it would gain.
function insights() {
  const section = view("insights", "What would change it", "Each gain is a bound: what the cause takes today. No change removes all of it.");
  runs.forEach((run, index) => section.append(
    heading(index, run.label),
    element("ol", { class: "insights", "data-run": index }, ...run.insights.map((insight) => element("li", {}, element("span", { class: "gain" }, insight.gain), " ", insight.text)))));
}

function about() {
  const section = view("about", "Validation and input");
  runs.forEach((run, index) => section.append(
    heading(index, run.label),
    element("p", { class: "note" }, run.validation),
    run.training ? "" : element("p", { class: "note" }, run.result.energy
      ? `Energy is that of the multiply-accumulates alone, ${run.result.energy.picojoules_per_flop} pJ a FLOP as the machine file cites; no sourced figure is known for memory, exchange and leakage, so none is given.`
      : "The machine file cites no energy of a FLOP, so no energy is given."),
    element("details", {}, element("summary", {}, "Everything that the run depends on"), element("pre", {}, JSON.stringify(run.input, null, 1)))));
  document.querySelector("footer").append(`tilesim ${data.version}. This page holds all of its data and asks no server for anything. Charts: Plotly.js, MIT licence.`);
}
