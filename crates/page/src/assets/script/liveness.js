// What lives in memory while each step runs.
function liveness() {
  const section = view("liveness", "Memory over the steps", "What lives while each step runs; a click on a step, or a step of the timeline, shows what it is. Of steps too many to be told apart, the fullest are drawn; a drag over a stretch shows all of it."
    + (training ? " What is kept of other micro-batches in flight comes on top: see the memory of the stages." : ""));
  let everywhere = false;
  const redraws = [];
  section.append(element("div", { class: "controls" }, choice("On", [["", "the fullest tile"], ["all", "all tiles together"]], (value) => { everywhere = value === "all"; redraws.forEach((redraw) => redraw()); })));
  cards(section, (chip, card) => {
    const { index } = chip;
    const list = scroller("What lives at this step");
    card.append(legendOf(data.memory_categories.map((name, category) => [name, CATEGORY_COLOURS[category]])));
    const last = chip.steps.name.length - 1;
    let range = [0, last];
    const holder = chart(card, `Memory over the steps of ${chip.label}`, 310, () => {
      const live = everywhere ? chip.steps.live_bytes : chip.steps.peak_tile_live_bytes;
      const held = (step) => live.reduce((sum, of) => sum + of[step], 0);
      const x = drawnSteps(Math.max(0, Math.floor(range[0])), Math.min(last, Math.ceil(range[1])), held);
      const unit = everywhere ? 1048576 : 1024;
      const cap = everywhere ? {} : limit(chip);
      return {
        traces: data.memory_categories.map((name, category) => ({
          type: "scatter", mode: "lines", name, x, y: x.map((step) => live[category][step] / unit), stackgroup: "live",
          line: { width: 0, shape: "hvh", color: CATEGORY_COLOURS[category] }, fillcolor: CATEGORY_COLOURS[category],
          text: x.map((step) => plain(chip.steps.name[step])), hovertemplate: category ? "%{y:.1f}" : "%{y:.1f}, step %{text}",
        })),
        layout: {
          hovermode: "x unified", showlegend: false,
          xaxis: { title: { text: "step" }, range: [...range], minallowed: 0, maxallowed: last }, yaxis: { fixedrange: true, title: { text: everywhere ? "MiB" : "KiB" }, rangemode: "tozero", ...(everywhere ? {} : { range: [0, 1.05 * memoryScale()] }) },
          ...cap,
          shapes: [{ type: "line", yref: "paper", y0: 0, y1: 1, x0: selected[index], x1: selected[index], line: { color: colour("--ink"), width: 1.5 } }, ...(cap.shapes || [])],
        },
      };
    }, (drawn) => {
      drawn.on("plotly_click", (event) => select(index, event.points[0].x));
      drawn.on("plotly_relayout", (change) => {
        const changed = rangeAfter(change, [0, last]);
        if (!changed) return;
        range = changed;
        holder.redraw();
      });
    });
    card.append(list);
    const say = () => list.replaceChildren(...living(chip, selected[index]));
    redraws.push(() => holder.redraw());
    followers.push((changed) => { if (changed === index) { relayout(holder, { "shapes[0].x0": selected[index], "shapes[0].x1": selected[index] }); say(); } });
    say();
  });
}

/// What lives on the fullest tile while a step runs, largest first.
function living(chip, step) {
  const SHOWN = 12;
  const { variables } = chip;
  const there = variables.name.map((_, variable) => variable).filter((variable) => variables.first[variable] <= step && step <= variables.last[variable] && variables.peak_tile_bytes[variable] > 0);
  there.sort((a, b) => variables.peak_tile_bytes[b] - variables.peak_tile_bytes[a] || a - b);
  const sum = there.reduce((sum, variable) => sum + variables.peak_tile_bytes[variable], 0);
  const rest = there.slice(SHOWN).reduce((sum, variable) => sum + variables.peak_tile_bytes[variable], 0);
  const peak = step === chip.memory.peak_step ? " (the peak)" : "";
  const row = (name, category, size, steps) => element("tr", {}, element("td", { class: "text" }, name), element("td", { class: "text" }, category), element("td", {}, bytes(size)), element("td", {}, steps));
  return [
    element("p", { class: "note", "data-step": step, "data-value": sum }, `On tile ${chip.memory.peak_tile} at step ${step}, ${chip.steps.name[step]}${peak}: ${bytes(sum)}`),
    element("table", {}, element("thead", {}, element("tr", {}, element("th", { class: "text" }, "variable"), element("th", { class: "text" }, "category"), element("th", {}, "size"), element("th", {}, "lives in steps"))),
      element("tbody", {}, ...there.slice(0, SHOWN).map((variable) => row(variables.name[variable], data.memory_categories[variables.category[variable]], variables.peak_tile_bytes[variable], `${variables.first[variable]}–${variables.last[variable]}`)),
        ...(rest ? [row(`${there.length - SHOWN} others`, "", rest, "")] : []))),
  ];
}
