// Dark, light and paper; and how a page is drawn.
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
// Paper is white, and narrower than most screens: charts are drawn as wide as it is before they are printed.
let before = null;
addEventListener("beforeprint", () => {
  before = document.documentElement.dataset.theme;
  document.body.classList.add("paper");
  theme("light");
  redrawAll();
});
addEventListener("afterprint", () => {
  document.body.classList.remove("paper");
  theme(before || "light");
  redrawAll();
});
document.getElementById("subtitle").textContent = data.subtitle;

/// Draws the views of a page. Figures come before charts: `ready` says that the page can be read, `drawn` that all of it is there.
async function drawPage(views) {
  views.forEach((view) => view());
  document.querySelector("footer").append(`tilesim ${data.version}. This page holds all of its data and asks no server for anything. Charts: Plotly.js, MIT licence.`);
  document.body.dataset.ready = "true";
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  await runScript("charts");
  drawInTurn(() => { document.body.dataset.drawn = "true"; });
}
