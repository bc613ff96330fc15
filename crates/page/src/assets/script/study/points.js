// What the views of a study share: its points, what they are called, and how figures are written.
const { summary, points, quantities, pictures } = data;
const quantity = (path) => quantities[path] || { name: words(path.split(".").pop()), unit: "", form: "count" };

/// The unit of a column of settings, which bear none.
const percentOf = (path) => (quantity(path).form === "percent" ? "%" : "");
/// A figure of a quantity with its unit.
function written(path, figure) {
  if (figure === null || figure === undefined) return "–";
  switch (quantity(path).form) {
    case "bytes": return bytes(figure);
    case "seconds": return seconds(figure);
    case "share": return percent(figure);
    case "percent": return `${figure.toFixed(2)}\u00a0%`;
    default: return count(figure);
  }
}
/// The title of an axis; bytes stand on axes as they are, with their prefix.
function axisTitle(path) {
  const { name, unit, form } = quantity(path);
  return plain(unit && form !== "bytes" ? `${name} (${unit})` : name);
}
/// A figure as it stands on an axis: shares in percent.
const onAxis = (path, figure) => (figure === null || figure === undefined ? null : quantity(path).form === "share" ? 100 * figure : figure);

/// A setting: a text speaks for itself, a truth value is its name or the lack of it, a number stands behind its name.
function setting(key, value) {
  const { name } = quantity(key);
  if (typeof value === "string") return value;
  if (value === true) return name;
  if (value === false) return `not ${name}`;
  return `${name} ${settingValue(key, value)}`;
}
/// The value of a setting alone; none of its digits is lost.
function settingValue(key, value) {
  if (value === null || value === undefined) return "–";
  return quantity(key).form === "bytes" && value % 1024 === 0 ? `${value / 1024}\u00a0KiB` : String(value);
}
const settingsNamed = (settings) => Object.entries(settings).filter(([, value]) => value !== null).map(([key, value]) => setting(key, value)).join(", ");

/// What a point is called: by the keys that the study names.
function pointName(index) {
  const named = points.keys.map((key, at) => [key, points.values[at][index]]).filter(([key, value]) => summary.named_by.includes(key) && value !== null);
  return named.map(([key, value]) => setting(key, value)).join(", ");
}
const everything = points.fits.map((_, index) => index);
const takesPart = (index) => points.fits[index] === true || (points.fits[index] === false && summary.unfit === "included");
const outcome = (index) => (points.fits[index] === null || points.fits[index] === undefined ? "no result" : points.fits[index] ? "fits" : "does not fit");

/// Everything that is known of a point.
function pointCard(index) {
  const row = (key, shown, path, value) => [element("dt", {}, key), element("dd", { "data-point": index, "data-figure": path, "data-value": value ?? undefined }, shown)];
  return element("div", { class: "card point" },
    element("h3", {}, pointName(index) || `point ${index}`),
    element("div", { class: points.fits[index] ? "verdict good" : "verdict bad" }, points.reasons[index] ? `no result: ${points.reasons[index]}` : outcome(index)),
    element("dl", { class: "figures two" },
      ...points.keys.flatMap((key, at) => (points.values[at][index] === null ? [] : row(quantity(key).name, settingValue(key, points.values[at][index])))),
      ...points.metrics.flatMap((metric, at) => row(quantity(metric).name, written(metric, points.figures[at][index]), metric, points.figures[at][index]))));
}

/// A place below charts where the point that was clicked is opened.
function openedPoint() {
  const place = element("div", { class: "opened", "aria-live": "polite" });
  return [place, (index) => {
    place.replaceChildren(pointCard(index), element("button", { type: "button", onclick: () => place.replaceChildren() }, "Close"));
  }];
}

/// Whether figures differ so much that they stand on a logarithmic axis.
function isWide(figures) {
  const known = figures.filter((figure) => figure !== null && figure !== undefined);
  const least = Math.min(...known);
  return known.length > 1 && least > 0 && Math.max(...known) / least > 8;
}
/// An axis of figures: logarithmic where they differ much, with marks at 1, 2 and 5.
function figureAxis(path, figures) {
  const wide = isWide(figures);
  return { title: { text: axisTitle(path) }, type: wide ? "log" : "linear", ...(wide ? { dtick: "D2" } : {}), tickformat: "~s", automargin: true };
}
