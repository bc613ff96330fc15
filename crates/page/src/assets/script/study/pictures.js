// The pictures that the study asks for: lines over a setting, and heat maps of two.
function asked() {
  const drawn = pictures.filter((picture) => picture.kind === "lines" || picture.kind === "heat_map");
  if (!drawn.length) return;
  const section = view("pictures", "By setting");
  for (const picture of drawn) {
    const title = pictureTitle(picture);
    section.append(element("h3", {}, title));
    if (picture.kind === "lines") chart(section, title, 420, () => linesChart(picture));
    else chart(section, title, 150 + 44 * picture.rows.length, () => heatMap(picture));
  }
}

/// What a figure is called that may be a gain, or related to another.
function spokenFigure(label) {
  const [, relation, path] = label.match(/^(gain in |relative )?(.*)$/);
  return (relation || "") + quantity(path).name;
}
const pictureTitle = (picture) => `${capital(picture.name.replaceAll("-", " "))}: ${spokenFigure(picture.kind === "lines" ? picture.y : picture.value)} by ${quantity(picture.x).name}${picture.kind === "heat_map" ? ` and ${quantity(picture.y).name}` : ""}`;
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function linesChart(picture) {
  const figures = [...picture.lines, ...picture.measured].flatMap(([, line]) => line.filter((figure) => figure !== null));
  const wide = isWide(figures);
  const places = picture.places.map((place) => plain(settingValue(picture.x, Number.isFinite(Number(place)) ? Number(place) : place)));
  const trace = ([name, line], index) => ({
    type: "scatter", name: plain(name || spokenFigure(picture.y)), x: places, y: line, connectgaps: true,
    mode: "lines+markers", line: { color: runColour(index), width: 2, dash: index >= RUN_COLOURS.length ? "dash" : "solid" }, marker: { color: runColour(index), symbol: runSymbol(index), size: 8 },
    hovertemplate: `%{y:.4~s}<br>${plain(quantity(picture.x).name)} %{x}<extra>%{fullData.name}</extra>`,
  });
  return {
    traces: [
      ...picture.lines.map(trace),
      ...picture.measured.map((line, index) => ({ ...trace(line, index), mode: "markers", marker: { color: runColour(index), symbol: runSymbol(index) + "-open", size: 13, line: { width: 2 } } })),
    ],
    layout: {
      showlegend: picture.lines.length + picture.measured.length > 1, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      margin: { l: 65, r: 15, t: 60, b: 55 },
      xaxis: { title: { text: axisTitle(picture.x) }, type: "category", automargin: true },
      yaxis: { title: { text: plain(spokenFigure(picture.y)) }, type: wide ? "log" : "linear", ...(wide ? { dtick: "D2" } : {}), tickformat: "~s" },
    },
  };
}

function heatMap(picture) {
  const dark = document.documentElement.dataset.theme === "dark";
  return {
    traces: [{
      type: "heatmap", x: picture.columns.map(plain), y: picture.rows.map(([name]) => plain(name)), z: picture.rows.map(([, row]) => row),
      texttemplate: "%{z:.3~s}", xgap: 2, ygap: 2, colorscale: dark ? [[0, "#1d2b3a"], [1, "#3f8fd6"]] : [[0, "#eef5fa"], [1, "#3f8fd6"]],
      hovertemplate: `%{y}<br>${plain(quantity(picture.x).name)} %{x}<br>%{z:.4~s}<extra></extra>`, colorbar: { thickness: 12, tickformat: "~s" },
    }],
    layout: {
      margin: { l: 60, r: 15, t: 15, b: 55 },
      xaxis: { title: { text: axisTitle(picture.x) }, type: "category" }, yaxis: { type: "category", autorange: "reversed", automargin: true },
    },
  };
}
