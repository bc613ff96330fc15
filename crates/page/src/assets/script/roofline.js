// Every layer under the roofs of the machine.
function roofline() {
  const section = view("roofline", "Roofline",
    "Every layer with multiply-accumulates: how many FLOPs it does for each byte moved, against how many it does a second. No layer can lie above the roof; the larger a mark, the more cycles it takes.");
  const modes = {
    sram: ["SRAM traffic", "FLOPs per SRAM byte", (traffic) => traffic.sram_read_bytes + traffic.sram_write_bytes, "sram_bytes_per_cycle"],
    exchange: ["exchange between tiles", "FLOPs per exchanged byte", (traffic) => traffic.exchange_bytes, "exchange_bytes_per_cycle"],
  };
  let mode = "sram";
  const controls = element("div", { class: "controls" });
  const machines = [...new Set(runs.map((run) => run.result.machine.name))];
  section.append(controls, legendOf([...runs.map((run, index) => [run.label, runColour(index)]), ...machines.map((name) => [`roof of ${name}`, "var(--ink)"])]));
  const holder = chart(section, "Roofline", 470, () => {
    const [, xTitle, moved, bandwidth] = modes[mode];
    const points = runs.map((run) => run.result.layers.filter((layer) => layer.macs > 0 && layer.cycles > 0 && moved(layer.traffic) > 0));
    const xs = points.flatMap((layers) => layers.map((layer) => (2 * layer.macs) / moved(layer.traffic)));
    const low = Math.min(0.1, ...xs) / 1.5, high = Math.max(100, ...xs) * 1.5;
    const roofs = new Map();
    runs.forEach((run) => {
      const machine = run.result.machine;
      const peak = 2 * machine.peak_macs_per_cycle * machine.clock_hz;
      const rate = run[bandwidth] ? run[bandwidth] * machine.clock_hz : null;
      roofs.set(`${machine.name} ${peak} ${rate}`, [machine.name, peak, rate]);
    });
    const traces = [...roofs.values()].map(([name, peak, rate], index) => {
      const ridge = rate ? peak / rate : low;
      const x = rate ? [low, ...(ridge > low && ridge < high ? [ridge] : []), high] : [low, high];
      return {
        type: "scatter", mode: "lines", name: `roof of ${plain(name)}`, x, y: x.map((at) => Math.min(peak, rate ? rate * at : peak)),
        line: { color: colour("--ink"), width: 2, dash: ["solid", "dash", "dot"][index % 3] },
        hovertemplate: "%{x:.2f} FLOPs a byte: at most %{y:.3s}FLOP/s<extra>%{fullData.name}</extra>",
      };
    });
    runs.forEach((run, index) => {
      const layers = points[index];
      const largest = Math.max(...layers.map((layer) => layer.cycles), 1);
      traces.push({
        type: "scatter", mode: "markers", name: plain(run.label),
        x: layers.map((layer) => (2 * layer.macs) / moved(layer.traffic)),
        y: layers.map((layer) => (2 * layer.macs * run.result.machine.clock_hz) / layer.cycles),
        text: layers.map((layer) => `<b>${plain(layer.name)}</b> ${words(layer.kind)}<br>${whole(layer.cycles)} cycles, ${percent(layer.conv_units)} of the peak<br>${plain(layer.plan || "")}`),
        marker: {
          color: runColour(index), symbol: runSymbol(index), opacity: 0.75, line: { color: colour("--paper"), width: 0.7 },
          size: layers.map((layer) => 6 + 20 * Math.sqrt(layer.cycles / largest)),
        },
        hovertemplate: "%{text}<br>%{x:.2f} FLOPs a byte, %{y:.3s}FLOP/s<extra>%{fullData.name}</extra>",
      });
    });
    return {
      traces,
      layout: {
        showlegend: false,
        xaxis: { type: "log", title: { text: xTitle }, range: [Math.log10(low), Math.log10(high)], dtick: 1 },
        yaxis: { type: "log", title: { text: "FLOP/s" }, exponentformat: "SI", dtick: 1 },
      },
    };
  });
  controls.append(choice("Against", Object.entries(modes).map(([key, [name]]) => [key, name]), (value) => { mode = value; holder.redraw(); }));
  section.append(...runs.map((run) => {
    const without = run.result.layers.filter((layer) => !layer.macs);
    const cycles = without.reduce((sum, layer) => sum + layer.cycles, 0);
    return element("p", { class: "note" }, `${run.label}: ${without.length} layers without multiply-accumulates, ${percent(cycles / Math.max(1, run.result.time.cycles))} of the cycles, are not in the chart.`);
  }));
}
