// The page from top to bottom.
function theme(name) {
  document.documentElement.dataset.theme = name;
  document.getElementById("theme").textContent = name === "dark" ? "Light" : "Dark";
}
function redrawAll() {
  drawings.forEach((redraw) => redraw());
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

const views = [banner, waterfall, insights, roofline, layers, timeline, tiles, memoryByTile, liveness, about];
/// The first views at once, the others after the first is painted; `ready` says that all are drawn.
function draw(next) {
  if (next === views.length) {
    requestAnimationFrame(() => { document.body.dataset.ready = "true"; });
    return;
  }
  views[next]();
  if (next < 2) draw(next + 1);
  else setTimeout(() => draw(next + 1));
}
draw(0);
