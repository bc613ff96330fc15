// The layers of every stage and phase.
function stageLayers() {
  const section = view("layers", "Layers", "Cycles of one micro-batch in each phase, and of one update. A column's name sorts by it.");
  const { result } = runs[0];
  const rows = result.stages.flatMap((stage, index) => stage.layers.map((layer, position) => ({ layer, stage: index, position })));
  rows.forEach((row, at) => { row.at = at; });
  const columns = [
    { name: "layer", text: true, value: (row) => row.at, show: (row) => row.layer.name },
    { name: "kind", text: true, value: (row) => row.layer.kind, show: (row) => words(row.layer.kind) },
    { name: "stage", value: (row) => row.stage, show: (row) => String(row.stage) },
    { name: "phase", text: true, value: (row) => row.layer.phase, show: (row) => row.layer.phase },
    { name: "products", value: (row) => row.layer.macs, show: (row) => (row.layer.macs ? count(row.layer.macs) : "–") },
    { name: "steps", value: (row) => row.layer.steps, show: (row) => whole(row.layer.steps) },
    { name: "cycles", figure: "cycles", value: (row) => row.layer.cycles, show: (row) => whole(row.layer.cycles) },
    { name: "exchange", value: (row) => row.layer.cycles_by_cause.exchange, show: (row) => whole(row.layer.cycles_by_cause.exchange) },
    { name: "largest cause", text: true, value: (row) => largestCause(row.layer), show: (row) => largestCause(row.layer) },
  ];
  let order = { key: 0, descending: false }, text = "", stage = "", phase = "";
  const body = element("tbody", { "data-run": 0 });
  const heads = columns.map((column, index) => element("th", { class: column.text ? "text" : "", scope: "col" },
    element("button", { type: "button", onclick: () => { order = { key: index, descending: order.key === index ? !order.descending : !column.text }; fill(); } }, column.name)));
  const found = element("span", { class: "note", "aria-live": "polite" });
  const fill = () => {
    const shown = rows.filter((row) => (stage === "" || row.stage === Number(stage)) && (!phase || row.layer.phase === phase) && row.layer.name.toLowerCase().includes(text));
    const { value } = columns[order.key];
    shown.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const by = typeof x === "string" ? x.localeCompare(y) : x - y;
      return (order.descending ? -by : by) || a.at - b.at;
    });
    heads.forEach((head, index) => head.setAttribute("aria-sort", index === order.key ? (order.descending ? "descending" : "ascending") : "none"));
    body.replaceChildren(...shown.map((row) => element("tr", {}, ...columns.map((column) => element("td", {
      class: column.text ? "text" : "",
      "data-figure": column.figure && `stages.${row.stage}.layers.${row.position}.${column.figure}`, "data-value": column.figure && column.value(row),
    }, column.show(row))))));
    found.textContent = `${shown.length} of ${rows.length}`;
  };
  section.append(
    element("div", { class: "controls" },
      element("label", {}, "Filter", element("input", { type: "search", id: "layer-filter", placeholder: "name of a layer", oninput: (event) => { text = event.target.value.toLowerCase(); fill(); } })),
      choice("Stage", [["", "all"], ...result.stages.map((_, index) => [String(index), String(index)])], (value) => { stage = value; fill(); }),
      choice("Phase", [["", "all"], ...["forward", "recompute", "backward", "update"].map((name) => [name, name])], (value) => { phase = value; fill(); }), found),
    element("div", { class: "tall scroll" }, element("table", { id: "layer-table" }, element("thead", {}, element("tr", {}, ...heads)), body)));
  fill();
}
