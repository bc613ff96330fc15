// Every point as a row.
function tableOfPoints() {
  const section = view("points", "Points", "A name opens all that is known of a point. What is chosen above by brushes is shown here.");
  const varies = points.keys.map((key, at) => ({ key, at })).filter(({ at }) => new Set(points.values[at]).size > 1);
  const choose = sortableTable(section, "points-table", [
    { name: "point", text: true, value: (index) => index, show: (index) => String(index), open: pointCard },
    ...varies.map(({ key, at }) => ({
      name: quantity(key).name, unit: percentOf(key), text: typeof points.values[at].find((value) => value !== null) !== "number",
      value: (index) => { const value = points.values[at][index]; return typeof value === "boolean" ? String(value) : value; },
      show: (index) => { const value = points.values[at][index]; return value === true ? "yes" : value === false ? "no" : settingValue(key, value); },
    })),
    { name: "outcome", text: true, value: outcome, show: outcome },
    ...points.metrics.map((metric, at) => ({ name: quantity(metric).name, value: (index) => points.figures[at][index], show: (index) => written(metric, points.figures[at][index]) })),
  ], everything, { words: (index) => `${pointName(index)} ${points.keys.map((key, at) => `${quantity(key).name} ${points.values[at][index]}`).join(" ")} ${outcome(index)}`.toLowerCase(), note: "words of a point, such as b4", caption: "Points" });
  brushed.push((chosen) => choose(chosen && ((index) => chosen.has(index))));
}
