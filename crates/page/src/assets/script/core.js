// The data, and what every view of any page needs: elements, figures in words, colours.
const data = JSON.parse(await unpacked("data"));
/// An element with properties and children; text never becomes markup.
function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") made.style.cssText = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

/// Three significant digits in thousands, millions and so on. No line ends between a figure and its unit.
function scaled(value, step, units) {
  let index = 0;
  while (Math.abs(value) >= step - 0.5 && index + 1 < units.length) {
    value /= step;
    index += 1;
  }
  const magnitude = Math.abs(value);
  const decimals = index === 0 && Number.isInteger(value) ? 0 : magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
  return value.toFixed(decimals) + units[index];
}
const count = (value) => scaled(value, 1000, ["", "\u00a0k", "\u00a0M", "\u00a0G", "\u00a0T", "\u00a0P"]);
const bytes = (value) => scaled(value, 1024, ["\u00a0B", "\u00a0KiB", "\u00a0MiB", "\u00a0GiB", "\u00a0TiB"]);
const seconds = (value) => scaled(value * 1e9, 1000, ["\u00a0ns", "\u00a0µs", "\u00a0ms", "\u00a0s"]);
const joules = (value) => scaled(value * 1e12, 1000, ["\u00a0pJ", "\u00a0nJ", "\u00a0µJ", "\u00a0mJ", "\u00a0J"]);
const percent = (share) => (100 * share).toFixed(1) + "\u00a0%";
const whole = (value) => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
const difference = (by) => (Math.round(by) > 0 ? "+" : Math.round(by) < 0 ? "−" : "") + whole(Math.abs(by));
const times = (ratio) => (Number.isFinite(ratio) ? ratio.toFixed(2) + "×" : "–");
/// Text for the charting library, which reads a little markup in labels.
const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// Okabe and Ito's palette, told apart with every kind of colour vision.
const RUN_COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"];
const RUN_SYMBOLS = ["circle", "diamond", "square", "triangle-up", "cross", "star"];
const CATEGORY_COLOURS = ["#0072B2", "#E69F00", "#56B4E9", "#CC79A7", "#009E73", "#999999"];
const runColour = (run) => RUN_COLOURS[run % RUN_COLOURS.length];
const runSymbol = (run) => RUN_SYMBOLS[run % RUN_SYMBOLS.length];
const swatch = (colour) => element("span", { class: "swatch", style: `background:${colour}` });

const words = (name) => name.replaceAll("_", " ");
const most = (values) => values.reduce((most, value) => Math.max(most, value), 0);

/// Names beside their colours; below a chart they take the room that they need.
const legendOf = (entries) => element("div", { class: "legend" }, ...entries.map(([name, fill]) => element("span", {}, swatch(fill), name)));
/// What is wider than a narrow page scrolls by itself, by mouse and by keyboard.
const scroller = (label, ...children) => element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, ...children);

// Charts draw themselves again when the theme or the paper changes.
const drawings = [];
/// A chart of so many pixels' height, drawn when its turn comes; then `drawn` is called, for what needs a chart that is there.
function chart(place, label, height, draw, drawn) {
  const holder = element("div", { class: "chart", role: "img", "aria-label": label, style: `height:${height}px` });
  place.append(holder);
  holder.redraw = () => {
    // Whoever chooses something before the library has run gets it when the chart's turn comes.
    if (!window.Plotly) return;
    const { traces, layout } = draw();
    const first = !holder.layout;
    Plotly.react(holder, traces, themed({ height, width: holder.clientWidth || undefined, ...layout }), {
      displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"],
    });
    if (first && drawn) drawn(holder);
  };
  // As wide as its place, whatever makes that wider or narrower: the window, a card beside it, paper.
  new ResizeObserver(() => requestAnimationFrame(() => {
    if (holder.layout && holder.clientWidth && holder.clientWidth !== holder.layout.width) holder.redraw();
  })).observe(holder);
  drawings.push(holder);
  return holder;
}

/// Changes the layout of a chart; one that is not drawn yet will read what it needs.
function relayout(holder, change) {
  if (holder.layout) Plotly.relayout(holder, change);
}

/// The range that an axis has after a change of the layout; `undefined` where the change is none of it. `all` is the whole axis.
function rangeAfter(change, all) {
  if (change["xaxis.autorange"]) return all;
  if (change["xaxis.range"]) return [...change["xaxis.range"]];
  return change["xaxis.range[0]"] === undefined ? undefined : [change["xaxis.range[0]"], change["xaxis.range[1]"]];
}

/// Draws the charts that are not drawn yet, one after the other whenever there is nothing else to do.
function drawInTurn(done) {
  const next = drawings.find((holder) => !holder.layout);
  if (!next) return done();
  const turn = window.requestIdleCallback || setTimeout;
  turn(() => { if (!next.layout) next.redraw(); drawInTurn(done); });
}

// Asked for once: each look at the computed style makes the browser compute it.
let colours = {};
const colour = (name) => (colours[name] ??= getComputedStyle(document.documentElement).getPropertyValue(name).trim());

/// A layout in the colours of the page.
function themed(layout) {
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--faint") };
  const result = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--ink"), family: "system-ui, 'DejaVu Sans', sans-serif", size: 12 },
    margin: { l: 60, r: 15, t: 20, b: 50 }, hoverlabel: { align: "left", font: { size: 12 } },
    modebar: { color: colour("--faint"), activecolor: colour("--accent"), bgcolor: "rgba(0,0,0,0)" },
    ...layout,
  };
  for (const key of Object.keys(result).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const title = result[key].title && { standoff: 12, ...result[key].title };
    result[key] = { ...axis, ...result[key], ...(title ? { title } : {}) };
  }
  return result;
}

/// A section of the page with its heading; the way to it stands in the navigation.
function view(id, title, note) {
  const section = element("section", { id, "aria-labelledby": id + "-title" }, element("h2", { id: id + "-title" }, title));
  if (note) section.append(element("p", { class: "note" }, note));
  document.getElementById("main").append(section);
  document.querySelector("nav").append(element("a", { href: "#" + id }, title));
  return section;
}

/// A choice among named values.
function choice(label, options, chosen) {
  const select = element("select", { "aria-label": label }, ...options.map(([value, text]) => element("option", { value }, text)));
  select.addEventListener("change", () => chosen(select.value));
  return element("label", {}, label, select);
}
