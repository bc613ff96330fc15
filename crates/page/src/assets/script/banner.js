// What was run, and how fast it is.
function banner() {
  const section = view("summary", "Summary");
  const cards = element("div", { class: "grid" });
  section.append(reading(), cards);
  runs.forEach((run, index) => cards.append(card(run, index)));
}

/// What the figures say, in sentences.
const reading = () => (data.reading.length ? element("ul", { class: "insights answers", id: "reading" }, ...data.reading.map((text) => element("li", {}, text))) : "");

/// How full the fullest tile is.
function meter(peak, all) {
  const text = `fullest tile: ${bytes(peak)} of ${bytes(all)}`;
  return element("div", {},
    element("div", { class: "note" }, text),
    element("div", { class: "meter", role: "img", "aria-label": text }, element("div", { style: `width:${Math.min(100, (100 * peak) / all)}%` })));
}

/// How far the figures can be trusted: what was measured on real chips in a line, and all of it where that is opened.
function trust(text) {
  const first = text.split(/\. (?=[A-Z])/)[0];
  const short = first.startsWith("On real chips") ? `On real chips, the nearest: ${first.slice(first.lastIndexOf(": ") + 2)}` : first;
  return element("details", { class: "validation" }, element("summary", {}, short), element("p", { class: "note" }, text));
}

function card(run, index) {
  const { result } = run;
  const base = runs[0].result;
  const figure = (name, path, text, of) => {
    const value = of(result);
    const ratio = several ? element("dd", { class: "ratio" }, times(value / of(base))) : element("dd", {}, "");
    return [element("dt", {}, name), element("dd", { "data-figure": path, "data-value": value }, text(value)), ratio];
  };
  const share = result.memory.peak_bytes / result.memory.tile_bytes;
  const fits = result.memory.fits
    ? `fits: ${percent(1 - share)} of the fullest tile is free`
    : `does not fit: ${bytes(result.memory.peak_bytes - result.memory.tile_bytes)} too much`;
  const of = (result) => ({ cycles: result.time.cycles / result.run.batch });
  return element("article", { class: "card", "data-run": index },
    heading(index, run.label),
    element("div", { class: "headline" },
      element("span", { "data-figure": "time.images_per_second", "data-value": result.time.images_per_second }, whole(result.time.images_per_second)),
      element("small", {}, " images/s" + (index ? `, ${times(result.time.images_per_second / base.time.images_per_second)}` : ""))),
    element("p", { class: "note" },
      `${result.machine.name}, ${whole(result.machine.tiles)} tiles at ${scaled(result.machine.clock_hz, 1000, ["\u00a0Hz", "\u00a0kHz", "\u00a0MHz", "\u00a0GHz"])}, `
      + `${result.run.mode}, batch ${result.run.batch}, precision ${result.run.precision}`
      + (result.run.overlap ? `, host transfers overlapped on ${whole(result.run.overlap.io_tiles)} I/O tiles` : result.run.host_io ? ", host transfers included" : "")),
    element("dl", { class: "figures" },
      ...figure("cycles of a batch", "time.cycles", whole, (r) => r.time.cycles),
      ...figure("cycles of an image", "cycles_per_image", whole, (r) => of(r).cycles),
      ...figure("time of a batch", "time.seconds", seconds, (r) => r.time.seconds),
      ...figure("FLOPs of an image", "theoretical.flops", count, (r) => r.theoretical.flops),
      ...figure("FLOP/s", "time.flops_per_second", count, (r) => r.time.flops_per_second),
      ...figure("of the peak", "utilisation.conv_units", percent, (r) => r.utilisation.conv_units),
      ...figure("dot products filled", "utilisation.dot_product_fill", percent, (r) => r.utilisation.dot_product_fill),
      ...figure("fullest tile", "memory.peak_bytes", bytes, (r) => r.memory.peak_bytes),
      ...(result.memory.largest_batch === undefined ? [] : figure("largest batch that fits", "memory.largest_batch", whole, (r) => r.memory.largest_batch)),
      ...(result.energy ? figure("energy of the MACs, an image", "energy.mac_joules_per_image", joules, (r) => (r.energy || {}).mac_joules_per_image) : [])),
    meter(result.memory.peak_bytes, result.memory.tile_bytes),
    element("div", { class: "verdict " + (result.memory.fits ? "good" : "bad") }, (result.memory.fits ? "✓ " : "✗ ") + fits),
    trust(run.validation));
}
