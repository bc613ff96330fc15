// Pareto fronts: hover names the configuration, a click opens it.
function fronts() {
  const drawn = pictures.filter((picture) => picture.kind === "fronts");
  if (!drawn.length && !summary.fronts.length) return;
  const section = view("fronts", "Fronts", "The band joins points of which no other is better in one objective and as good in the other. Point at a mark to read its configuration; click it to open all of its figures.");
  const [place, open] = openedPoint();
  for (const picture of drawn) {
    section.append(frontLegend(picture));
    const grid = element("div", { class: picture.panels.length > 1 ? "grid panels" : "" });
    section.append(grid);
    const heights = picture.panels.flatMap((panel) => panel.series.flatMap(([, all]) => all.map((point) => point.at[1])));
    const room = 0.06 * (Math.max(...heights) - Math.min(...heights) || 1);
    const range = [Math.min(...heights) - room, Math.max(...heights) + room];
    for (const panel of picture.panels) {
      const holder = element("div", {}, element("h3", {}, panel.title));
      grid.append(holder);
      chart(holder, panel.title, 420, () => frontChart(panel, picture, range), (made) => made.on("plotly_click", ({ points: [at] }) => { if (at.customdata !== undefined) open(at.customdata[0]); }));
    }
  }
  section.append(place);
  summary.fronts.forEach((front, index) => frontTable(section, front, index));
}

const frontSeries = (picture) => [...new Set(picture.panels.flatMap((panel) => panel.series.map(([name]) => name)))];

function frontLegend(picture) {
  const names = frontSeries(picture).filter((name) => name);
  return legendOf(names.map((name, index) => [name, runColour(index)]));
}

function frontChart(panel, picture, range) {
  const [x, y] = panel.objectives;
  const names = frontSeries(picture);
  const figures = panel.series.flatMap(([, all]) => all.map((point) => point.at[0]));
  const of = (all) => ({
    x: all.map((point) => onAxis(x, point.at[0])), y: all.map((point) => onAxis(y, point.at[1])),
    customdata: all.map((point) => [point.point, plain(pointName(point.point)), written(x, point.at[0]), written(y, point.at[1])]),
    hovertemplate: `%{customdata[1]}<br>${plain(quantity(x).name)}: %{customdata[2]}<br>${plain(quantity(y).name)}: %{customdata[3]}<extra></extra>`,
  });
  return {
    traces: [
      { type: "scatter", mode: "lines", x: panel.front.map(([at]) => onAxis(x, at)), y: panel.front.map(([, at]) => onAxis(y, at)), line: { color: colour("--faint"), width: 9 }, opacity: 0.3, hoverinfo: "skip", name: "front" },
      ...panel.series.flatMap(([name, all]) => {
        const index = names.indexOf(name);
        const [joined, alone] = [all.filter((point) => point.joined), all.filter((point) => !point.joined)];
        const made = { type: "scatter", name: plain(name || "points"), line: { color: runColour(index), width: 1.5 } };
        return [
          { ...made, ...of(joined), mode: names.length > 1 ? "lines+markers" : "markers", marker: { color: runColour(index), symbol: runSymbol(index), size: 9 } },
          ...(alone.length ? [{ ...made, ...of(alone), mode: "markers", marker: { color: runColour(index), symbol: runSymbol(index) + "-open", size: 7 } }] : []),
        ];
      }),
    ],
    layout: {
      showlegend: false, hovermode: "closest", margin: { l: 65, r: 15, t: 15, b: 55 },
      xaxis: figureAxis(x, figures), yaxis: { title: { text: axisTitle(y) }, range: range.map((end) => onAxis(y, end)) },
    },
  };
}

function frontTable(section, front, index) {
  const { objectives } = front.definition;
  const place = element("details", {}, element("summary", {}, `${front.definition.name}: ${front.points.length} of ${front.candidates} points are on the front`));
  section.append(place);
  sortableTable(place, `front-${index}`, [
    { name: "point", text: true, value: (point) => pointName(point.point), show: (point) => pointName(point.point), open: (point) => pointCard(point.point) },
    ...objectives.map(({ metric }, at) => ({
      name: quantity(metric).name, value: (point) => point.figures[at], show: (point) => written(metric, point.figures[at]),
      figure: (point) => [`fronts.${index}.points.${front.points.indexOf(point)}.figures.${at}`, point.figures[at]],
    })),
  ], front.points, { caption: front.definition.name });
}
