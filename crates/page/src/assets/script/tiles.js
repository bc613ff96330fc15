// What every tile did and held.
function tiles() {
  const section = view("tiles", "Tiles",
    (training ? "The tiles of every stage's chip" : "The chip's tiles") + " in the order of their numbers, row by row: no floor plan of the chip is published. Select what is shown.");
  const measures = [
    ["peak_live_bytes", "most memory at any step", (tiles) => tiles.peak_live_bytes, bytes],
    ...data.memory_categories.map((name, category) => ["held" + category, `${name} at the peak step`, (tiles) => tiles.held_bytes[category], bytes]),
    ["busy", "busy cycles", (tiles) => tiles.convolution_cycles.map((cycles, tile) => cycles + tiles.vector_cycles[tile] + tiles.rearrangement_cycles[tile]), whole],
    ["convolution_cycles", "cycles of convolutions", (tiles) => tiles.convolution_cycles, whole],
    ["vector_cycles", "cycles of vector work", (tiles) => tiles.vector_cycles, whole],
    ["rearrangement_cycles", "cycles of rearrangement", (tiles) => tiles.rearrangement_cycles, whole],
    ["exchange_cycles", "cycles of sending and receiving", (tiles) => tiles.exchange_cycles, whole],
    ["sent_bytes", "bytes sent", (tiles) => tiles.sent_bytes, bytes],
    ["received_bytes", "bytes received", (tiles) => tiles.received_bytes, bytes],
  ];
  let measure = measures[0];
  const redraws = [];
  section.append(element("div", { class: "controls" }, choice("Show", measures.map(([key, name]) => [key, name]), (key) => {
    measure = measures.find(([name]) => name === key);
    redraws.forEach((redraw) => redraw());
  })));
  // One scale for all runs, so that equal colours are equal figures.
  const largest = () => Math.max(1, mostOfAll((chip) => most(measure[2](chip.tiles))));
  cards(section, (chip, card) => {
    const note = element("p", { class: "note" });
    const holder = chart(card, `Map of the tiles of ${chip.label}`, 330, () => {
      const values = measure[2](chip.tiles);
      const width = mapWidth(values.length);
      const rows = [], texts = [];
      for (let start = 0; start < values.length; start += width) {
        const row = values.slice(start, start + width);
        rows.push(row);
        texts.push(row.map((value, offset) => `tile ${start + offset}: ${measure[3](value)}`));
      }
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const peak = most(values);
      note.textContent = `${measure[1]}: mean ${measure[3](mean)}, most ${measure[3](peak)} on tile ${values.indexOf(peak)}, balance ${percent(peak ? mean / peak : 1)}`;
      return {
        traces: [{ type: "heatmap", z: rows, text: texts, hovertemplate: "%{text}<extra></extra>", colorscale: "Cividis", zmin: 0, zmax: largest(), xgap: 0.5, ygap: 0.5, colorbar: { thickness: 12, outlinewidth: 0, exponentformat: "SI", ...(measure[3] === bytes ? byteTicks(largest()) : {}) } }],
        layout: {
          margin: { l: 42, r: 5, t: 8, b: 25 },
          xaxis: { showgrid: false, zeroline: false, dtick: 8 },
          yaxis: { autorange: "reversed", showgrid: false, zeroline: false, tickvals: rows.map((_, row) => row).filter((row) => row % 4 === 0), ticktext: rows.map((_, row) => row * width).filter((_, row) => row % 4 === 0) },
        },
      };
    });
    card.append(note);
    redraws.push(() => holder.redraw());
  });
}

/// Marks of a scale of bytes, with the prefixes that bytes have elsewhere.
function byteTicks(most) {
  const step = 2 ** Math.round(Math.log2(Math.max(1, most) / 5));
  const tickvals = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  return { tickvals, ticktext: tickvals.map((value) => scaled(value, 1024, [" B", " KiB", " MiB", " GiB"]).replace(/\.0+(?= )/, "")) };
}

/// Tiles in a row of the map: the divisor nearest to a map half as wide again as high.
function mapWidth(tiles) {
  let best = 1;
  for (let width = 1; width <= tiles; width += 1) {
    if (tiles % width === 0 && Math.abs(Math.log(width ** 2 / tiles / 1.5)) < Math.abs(Math.log(best ** 2 / tiles / 1.5))) best = width;
  }
  const square = Math.ceil(Math.sqrt(tiles * 1.5));
  return best * best < tiles / 4 || best * best > tiles * 8 ? square : best;
}

function memoryByTile() {
  const section = view("memory", "Memory by tile", "What every tile holds at the step at which the fullest tile is fullest, by category; the line is the most that each tile holds at any step.");
  cards(section, (chip, card) => {
    card.append(legendOf([...data.memory_categories.map((name, category) => [name, CATEGORY_COLOURS[category]]), ["most at any step", "var(--ink)"]]));
    chart(card, `Memory by tile of ${chip.label}`, 310, () => {
      const x = chip.tiles.peak_live_bytes.map((_, tile) => tile);
      const traces = data.memory_categories.map((name, category) => ({
        type: "scatter", mode: "lines", name, x, y: chip.tiles.held_bytes[category].map((held) => held / 1024), stackgroup: "held",
        line: { width: 0, shape: "hvh", color: CATEGORY_COLOURS[category] }, fillcolor: CATEGORY_COLOURS[category], hovertemplate: "%{y:.1f} KiB",
      }));
      traces.push({ type: "scatter", mode: "lines", name: "most at any step", x, y: chip.tiles.peak_live_bytes.map((peak) => peak / 1024), line: { width: 1, shape: "hvh", color: colour("--ink") }, hovertemplate: "%{y:.1f} KiB" });
      return { traces, layout: { hovermode: "x unified", showlegend: false, xaxis: { title: { text: "tile" }, range: [-0.5, x.length - 0.5] }, yaxis: { title: { text: "KiB" }, range: [0, 1.05 * memoryScale()] }, ...limit(chip) } };
    });
    chart(card, `Histogram of the tiles' memory of ${chip.label}`, 190, () => ({
      traces: [{ type: "histogram", x: chip.tiles.peak_live_bytes.map((peak) => peak / 1024), nbinsx: 40, marker: { color: several ? runColour(chip.run) : "#0072B2" }, hovertemplate: "%{x} KiB: %{y} tiles<extra></extra>" }],
      layout: { bargap: 0.05, margin: { l: 60, r: 15, t: 8, b: 42 }, xaxis: { title: { text: "KiB at most" }, ticks: "outside", ticklen: 8 }, yaxis: { title: { text: "tiles" } } },
    }));
    const fullest = chip.tiles.peak_live_bytes.map((peak, tile) => [peak, tile]).sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, 5);
    card.append(element("p", { class: "note" }, "Fullest tiles: " + fullest.map(([peak, tile]) => `${tile} (${bytes(peak)})`).join(", ") + `; a tile has ${bytes(chip.result.memory.tile_bytes)}.`));
  });
}

/// The most of the axis of a tile's memory, in KiB: all of it, where that is not far above everything else.
function memoryScale() {
  const peak = mostOfAll((chip) => most(chip.tiles.peak_live_bytes));
  const all = mostOfAll((chip) => chip.result.memory.tile_bytes);
  return (peak < 0.3 * all ? peak : Math.max(peak, all)) / 1024;
}

/// The line of a tile's whole memory, where the axis shows it.
function limit(chip) {
  const all = chip.result.memory.tile_bytes / 1024;
  if (all > memoryScale()) return {};
  return {
    shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: all, y1: all, line: { color: colour("--bad"), width: 2, dash: "dash" } }],
    annotations: [{ xref: "paper", x: 0, yref: "y", y: all, text: "all of a tile's SRAM", showarrow: false, yanchor: "bottom", xanchor: "left", font: { color: colour("--bad") } }],
  };
}
