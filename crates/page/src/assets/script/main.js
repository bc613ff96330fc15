// The page from top to bottom.
function theme(name) {
  document.documentElement.dataset.theme = name;
  colours = {};
  document.getElementById("theme").textContent = name === "dark" ? "Light" : "Dark";
}
function redrawAll() {
  drawings.forEach((holder) => holder.redraw());
}
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.getElementById("theme").addEventListener("click", () => {
  theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  redrawAll();
});
// Paper is white.
let before = null;
addEventListener("beforeprint", () => { before = document.documentElement.dataset.theme; theme("light"); redrawAll(); });
addEventListener("afterprint", () => { theme(before || "light"); redrawAll(); });
document.getElementById("subtitle").textContent = data.subtitle;

const views = training
  ? [systemSummary, stages, stageMemory, pipeline, waterfall, stageLayers, timeline, tiles, memoryByTile, liveness, about]
  : [banner, waterfall, insights, roofline, layers, timeline, tiles, memoryByTile, liveness, about];
views.forEach((view) => view());
// Figures before charts: `ready` says that the page can be read, `drawn` that all of it is there.
document.body.dataset.ready = "true";
await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
await runScript("charts");
drawInTurn(() => { document.body.dataset.drawn = "true"; });
