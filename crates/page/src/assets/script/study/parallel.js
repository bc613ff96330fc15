// Parallel coordinates: every point a line over all that varies and is measured. A brush on an axis chooses points, here and in the table.

/// Most points that are drawn; of more, evenly spread ones.
const MOST_LINES = 1500;
const SVG = "http://www.w3.org/2000/svg";
/// Who hears which points are chosen: `null` for all.
const brushed = [];

function svg(tag, properties, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(properties)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/// Text in so many pixels, of letters of at most so many; what is cut off is in its title.
function cut(text, place, room, letter) {
  const letters = Math.floor(room / letter);
  const shown = text.length > letters ? text.slice(0, Math.max(1, letters - 1)) + "…" : text;
  return svg("text", place, shown, svg("title", {}, text));
}

/// The axes: what varies and what is measured, each with the height of a point from 0 to 1 and what is written at some heights.
function parallelAxes() {
  const taking = everything.filter(takesPart);
  const keys = points.keys.map((key, at) => {
    const values = points.values[at];
    const distinct = [...new Set(taking.map((index) => values[index]))].filter((value) => value !== null);
    if (distinct.every((value) => typeof value === "number")) distinct.sort((a, b) => a - b);
    const place = new Map(distinct.map((value, rank) => [value, rank / (distinct.length - 1)]));
    return { name: quantity(key).name, height: (index) => place.get(values[index]), marks: distinct.map((value) => [settingValue(key, value), place.get(value)]) };
  }).filter((axis) => axis.marks.length > 1);
  const metrics = points.metrics.map((metric, at) => {
    const figures = points.figures[at];
    const known = taking.map((index) => figures[index]).filter((figure) => figure !== null);
    const [least, most] = [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), -Infinity)];
    const scale = least > 0 && most / least > 8 ? Math.log : (figure) => figure;
    const back = scale === Math.log ? Math.exp : (figure) => figure;
    const span = scale(most) - scale(least);
    return {
      path: metric, name: quantity(metric).name, flat: !(most > least), metric: true,
      height: (index) => (figures[index] === null ? undefined : (scale(figures[index]) - scale(least)) / span),
      marks: [0, 0.25, 0.5, 0.75, 1].map((height) => [written(metric, back(scale(least) + height * span)), height]),
    };
  }).filter((axis) => !axis.flat);
  return [...keys, ...metrics];
}

function parallel() {
  const axes = parallelAxes();
  const taking = everything.filter(takesPart);
  if (axes.length < 2 || taking.length < 2) return;
  const section = view("parallel", "All points", "Each line is a point. Drag along an axis to choose a stretch of it, click it to let it go; with the keyboard, arrows move the upper end and Shift with arrows the lower one, Escape lets go.");
  const stride = Math.ceil(taking.length / MOST_LINES);
  const shown = taking.filter((_, rank) => rank % stride === 0);
  const brushes = axes.map(() => null);
  const said = element("p", { class: "note", "aria-live": "polite", id: "chosen" });
  const picture = svg("svg", { class: "parallel", role: "group", "aria-label": "Parallel coordinates of all points" });
  const inside = (index) => brushes.every((brush, at) => {
    if (!brush) return true;
    const height = axes[at].height(index);
    return height !== undefined && height >= brush[0] - 1e-9 && height <= brush[1] + 1e-9;
  });
  // Colours go with the first objective, or with what is measured last.
  const goal = summary.objectives.map(({ metric }) => axes.find((axis) => axis.path === metric)).find((axis) => axis);
  const tint = goal || axes[axes.length - 1];
  let lines = [], marks = [];
  const brushedNow = () => {
    const any = brushes.some((brush) => brush);
    lines.forEach(([line, index]) => line.classList.toggle("out", any && !inside(index)));
    marks.forEach((mark, at) => {
      const brush = brushes[at] || [0, 0];
      mark.brush.setAttribute("y", mark.y(brush[1]));
      mark.brush.setAttribute("height", Math.max(0, mark.y(brush[0]) - mark.y(brush[1])));
      mark.handle.setAttribute("aria-valuetext", brushes[at] ? `from ${Math.round(100 * brush[0])} to ${Math.round(100 * brush[1])} percent of the axis` : "all");
      mark.handle.setAttribute("aria-valuenow", Math.round(100 * (brushes[at] ? brush[1] : 1)));
    });
    const chosen = any ? taking.filter(inside) : null;
    said.textContent = (chosen ? `${chosen.length} of ${taking.length} points are chosen; the table below shows these.` : `${taking.length} points.`) + ` Blue is little and orange much ${tint.name}.`;
    brushed.forEach((hear) => hear(chosen && new Set(chosen)));
  };
  const draw = () => {
    // As wide as the page has room for, and never narrower than its names need: a narrow page scrolls it.
    const width = Math.max(frame.clientWidth, 105 * axes.length), height = 440, top = 44, bottom = height - 18;
    const last = axes.length - 1;
    const x = (at) => 20 + (at / last) * (width - 40 - 80);
    const y = (share) => bottom - share * (bottom - top);
    picture.setAttribute("width", width);
    picture.setAttribute("height", height);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    lines = shown.map((index) => {
      const path = axes.map((axis, at) => [axis.height(index), at]).filter(([share]) => share !== undefined).map(([share, at], rank) => `${rank ? "L" : "M"}${x(at).toFixed(1)} ${y(share).toFixed(1)}`).join("");
      const share = tint.height(index) ?? 0;
      return [svg("path", { d: path, style: `stroke:color-mix(in oklab, #E69F00 ${Math.round(100 * share)}%, #0072B2)` }, svg("title", {}, pointName(index))), index];
    });
    marks = [];
    const opacity = Math.max(0.12, Math.min(0.9, 90 / shown.length));
    picture.replaceChildren(svg("g", { class: "lines", style: `--opacity:${opacity}` }, ...lines.map(([line]) => line)), ...axes.map((axis, at) => axisDrawn(axis, at, x(at), y, [top, bottom], x(1) - x(0))));
    brushedNow();
  };
  const axisDrawn = (axis, at, x, y, [top, bottom], room) => {
    const handle = svg("rect", { class: "handle", x: x - 11, y: top, width: 22, height: bottom - top, tabindex: 0, role: "slider", "aria-label": axis.name, "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100 });
    const brush = svg("rect", { class: "brush", x: x - 7, width: 14, y: 0, height: 0 });
    // Who comes close to an end means it.
    const share = (event) => {
      const at = (bottom - (event.clientY - picture.getBoundingClientRect().top)) / (bottom - top);
      return at < 0.03 ? 0 : at > 0.97 ? 1 : at;
    };
    let from = null;
    handle.addEventListener("pointerdown", (event) => { from = share(event); handle.setPointerCapture(event.pointerId); });
    handle.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = share(event);
      brushes[at] = Math.abs(to - from) < 0.015 ? null : [Math.min(from, to), Math.max(from, to)];
      brushedNow();
    });
    handle.addEventListener("pointerup", (event) => { if (from !== null && Math.abs(share(event) - from) < 0.015) { brushes[at] = null; brushedNow(); } from = null; });
    handle.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 0.05, ArrowDown: -0.05 }[event.key];
      if (event.key === "Escape") brushes[at] = null;
      else if (by !== undefined) {
        const [low, high] = brushes[at] || [0, 1];
        const held = (end) => Math.max(0, Math.min(1, end));
        brushes[at] = event.shiftKey ? [Math.min(held(low + by), high), high] : [low, Math.max(held(high + by), low)];
      } else return;
      event.preventDefault();
      brushedNow();
    });
    marks[at] = { brush, handle, y };
    // Names on two levels, so that long ones of neighbours do not meet; marks no closer than a line of text.
    const apart = Math.max(1, Math.ceil((axis.marks.length * 14) / (bottom - top)));
    return svg("g", { class: "axis" },
      svg("line", { x1: x, x2: x, y1: top, y2: bottom }), brush,
      cut(axis.name, { x: at === axes.length - 1 ? x + 80 : Math.max(0, x - 14), "text-anchor": at === axes.length - 1 ? "end" : "start", y: at % 2 ? 28 : 12, class: "name" }, 2 * room - 12, 7.6),
      ...axis.marks.filter((_, rank) => rank % apart === 0).map(([text, share]) => cut(text, { x: x + 6, y: y(share) + 4 }, room - 14, 7)), handle);
  };
  const frame = scroller("Parallel coordinates", picture);
  section.append(said, frame, element("div", { class: "controls" }, element("button", { type: "button", onclick: () => { brushes.fill(null); brushedNow(); } }, "Choose all")));
  draw();
  // Drawn already: again with the charts where these are.
  drawings.push({ layout: {}, redraw: draw });
  let width = frame.clientWidth;
  new ResizeObserver(() => { if (frame.clientWidth !== width) { width = frame.clientWidth; draw(); } }).observe(frame);
}
