// Every layer: sorted, filtered, and taken apart where it is opened.
function layers() {
  const section = view("layers", "Layers", "Cycles of one image. A layer's name opens its plan, its causes and its steps.");
  const rows = layerRows();
  const kinds = [...new Set(rows.map((row) => row.kind))];
  let order = { key: 0, descending: false }, text = "", kind = "";
  const columns = layerColumns(rows);
  const body = element("tbody");
  const heads = columns.map((column, index) => element("th", { class: column.text ? "text" : "", scope: "col" },
    element("button", { type: "button", onclick: () => { order = { key: index, descending: order.key === index ? !order.descending : !column.text }; fill(); } }, column.name)));
  const table = element("table", { id: "layer-table" }, element("thead", {},
    ...(several ? [element("tr", {}, element("th", { colspan: 2 }), ...runs.map((run, index) => element("th", { colspan: index ? 4 : 3 }, swatch(runColour(index)), run.label)))] : []),
    element("tr", {}, ...heads)), body);
  const fill = () => {
    const shown = rows.filter((row) => (!kind || row.kind === kind) && row.name.toLowerCase().includes(text));
    const value = columns[order.key].value;
    shown.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const by = typeof x === "string" ? x.localeCompare(y) : (x ?? -1) - (y ?? -1);
      return (order.descending ? -by : by) || a.position - b.position;
    });
    heads.forEach((head, index) => head.setAttribute("aria-sort", index === order.key ? (order.descending ? "descending" : "ascending") : "none"));
    body.replaceChildren(...shown.map((row) => layerRow(row, columns)));
    found.textContent = `${shown.length} of ${rows.length}`;
  };
  const found = element("span", { class: "note", "aria-live": "polite" });
  section.append(
    element("div", { class: "controls" },
      element("label", {}, "Filter", element("input", { type: "search", id: "layer-filter", placeholder: "name of a layer", oninput: (event) => { text = event.target.value.toLowerCase(); fill(); } })),
      choice("Kind", [["", "all"], ...kinds.map((name) => [name, words(name)])], (value) => { kind = value; fill(); }), found),
    element("div", { class: "tall scroll", tabindex: 0, role: "region", "aria-label": "Layers" }, table));
  columns[0].value = (row) => row.position;
  fill();
}

/// Layers by name over all runs, in the order of the first run that has them.
function layerRows() {
  const rows = new Map();
  runs.forEach((run, index) => {
    const occurrences = new Map();
    run.result.layers.forEach((layer, position) => {
      const occurrence = occurrences.get(layer.name) || 0;
      occurrences.set(layer.name, occurrence + 1);
      const key = `${occurrence} ${layer.name}`;
      if (!rows.has(key)) rows.set(key, { name: layer.name, kind: layer.kind, position: rows.size, of: [], at: [] });
      rows.get(key).of[index] = layer;
      rows.get(key).at[index] = position;
    });
  });
  return [...rows.values()];
}

function layerColumns() {
  const columns = [
    { name: "layer", text: true, value: (row) => row.position, show: (row) => row.name },
    { name: "kind", text: true, value: (row) => row.kind, show: (row) => words(row.kind) },
  ];
  runs.forEach((run, index) => {
    const of = (row, figure) => (row.of[index] ? figure(row.of[index]) : null);
    const cycles = (row) => of(row, (layer) => perImage(run, layer.cycles));
    columns.push(
      { name: "cycles", run: index, figure: "cycles", raw: (row) => of(row, (layer) => layer.cycles), value: cycles, show: (row) => (row.of[index] ? whole(cycles(row)) : "–") },
      { name: "of the peak", value: (row) => of(row, (layer) => layer.conv_units), show: (row) => of(row, (layer) => (layer.macs ? percent(layer.conv_units) : "–")) ?? "–" },
      { name: "largest cause", text: true, value: (row) => of(row, largestCause) ?? "", show: (row) => of(row, largestCause) ?? "–" });
    if (index) {
      const base = (row) => (row.of[0] ? perImage(runs[0], row.of[0].cycles) : null);
      const change = (row) => (row.of[0] && row.of[index] ? cycles(row) - base(row) : null);
      columns.push({ name: "difference", value: change, show: (row) => { const by = change(row); return by === null ? "–" : difference(by); } });
    }
  });
  return columns;
}

function largestCause(layer) {
  const [key, name] = CAUSES.reduce((most, cause) => (layer.cycles_by_cause[cause[0]] > layer.cycles_by_cause[most[0]] ? cause : most));
  return layer.cycles ? `${name} ${Math.round((100 * layer.cycles_by_cause[key]) / layer.cycles)}\u00a0%` : "–";
}

function layerRow(row, columns) {
  const line = element("tr", { "data-layer": row.name });
  const open = element("button", { type: "button", class: "open", "aria-expanded": "false" }, "▸ " + row.name);
  open.addEventListener("click", () => {
    const expanded = open.getAttribute("aria-expanded") === "true";
    if (expanded) line.nextSibling.remove();
    else line.after(element("tr", { class: "more" }, element("td", { colspan: columns.length }, element("div", { class: "grid" }, ...row.of.map((layer, index) => layerDetail(layer, row.at[index], index))))));
    open.setAttribute("aria-expanded", String(!expanded));
    open.textContent = (expanded ? "▸ " : "▾ ") + row.name;
  });
  line.append(element("td", { class: "text" }, open), ...columns.slice(1).map((column) =>
    element("td", { class: column.text ? "text" : "", "data-figure": column.figure, "data-run": column.run, "data-value": column.raw ? column.raw(row) : undefined }, column.show(row))));
  return line;
}

function layerDetail(layer, position, index) {
  const run = runs[index];
  const present = CAUSES.filter(([key]) => layer.cycles_by_cause[key] > 0);
  const made = element("div", {},
    heading(index, run.label),
    element("div", {}, layer.plan ? "Plan: " + layer.plan : "No convolution to plan."),
    element("div", { class: "causes", "aria-hidden": "true" }, ...present.map(([key, , fill]) => element("div", { style: `width:${(100 * layer.cycles_by_cause[key]) / layer.cycles}%;background:${fill}` }))),
    element("div", { class: "legend" }, ...present.map(([key, name, fill]) => element("span", {}, swatch(fill), `${name} ${whole(layer.cycles_by_cause[key])}`))),
    element("p", { class: "note" }, `${whole(layer.macs)} multiply-accumulates; ${layer.active_tiles} tiles; SRAM ${bytes(layer.traffic.sram_read_bytes)} read, ${bytes(layer.traffic.sram_write_bytes)} written; ${bytes(layer.traffic.exchange_bytes)} exchanged`));
  made.append(...chips.filter((chip) => chip.run === index).map((chip) => layerSteps(chip, position)));
  return made;
}

/// The steps of a layer on a chip.
function layerSteps(chip, position) {
  const { steps } = chip;
  const own = steps.layer.map((of, step) => [of + chip.first_layer, step]).filter(([of]) => of === position).map(([, step]) => step);
  return own.length === 0 ? "" : scroller("Steps of the layer", element("table", {},
    element("thead", {}, element("tr", {}, ...["step", "kind", "runs", "cycles", "tiles", "exchanged"].map((name, at) => element("th", { class: at < 2 ? "text" : "" }, name)))),
    element("tbody", {}, ...own.map((step) => element("tr", {},
      element("td", { class: "text" }, element("button", { type: "button", class: "open", onclick: () => { select(chip.index, step); document.getElementById("timeline").scrollIntoView(); } }, steps.name[step])),
      element("td", { class: "text" }, data.step_kinds[steps.kind[step]]),
      ...[steps.repeats[step], whole(steps.cycles[step]), steps.active_tiles[step], steps.sent_bytes[step] ? bytes(steps.sent_bytes[step]) : "–"].map((text) => element("td", {}, String(text))))))));
}
