// How much of a program is drawn: what can be told apart. Stages of a training system have ten thousand steps each; a chart that shows
// more of them than it has pixels shows stretches of them, and the steps one by one as soon as one looks closer.
const DRAWN_STEPS = 1500, STRETCHES = 750;

/// The place of the last of ascending values that is not above a value; the first place where all are.
function placeOf(values, value) {
  let low = 0, high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/// First cycle of every step, and the end of the last.
function starts(steps) {
  const at = [0];
  for (const cycles of steps.cycles) at.push(at[at.length - 1] + cycles);
  return at;
}

// One closed shape of many boxes for each colour: thousands stay quick to draw.
const emptyShape = () => ({ x: [], y: [] });
function addBox(shape, from, to, low, high) {
  shape.x.push(from, from, to, to, from, null);
  shape.y.push(low, high, high, low, low, null);
}

/// Boxes of these heights side by side, each of the same width.
function addBoxesBeside(shape, from, width, low, heights) {
  heights.forEach((height, place) => {
    if (!height) return;
    const begin = from + place * width, end = begin + width;
    const [first, last] = [!heights[place - 1], !heights[place + 1]];
    shape.x.push(...(first ? [begin] : []), begin, end, ...(last ? [end, null] : []));
    shape.y.push(...(first ? [low] : []), low + height, low + height, ...(last ? [low, null] : []));
  });
}

/// What is drawn between two cycles of a timeline, a shape for each row. `parts` calls back with row, first cycle and end of each part
/// of a step. Steps that can be told apart are boxes of full height; a stretch of those that cannot is as high as its share of the time.
function rowsOf(at, rows, parts, from, to) {
  const shapes = rows.map(emptyShape);
  const bottom = (row) => rows.length - 1 - row - 0.4;
  const first = placeOf(at, from), last = Math.min(placeOf(at, to), at.length - 2);
  if (last - first < DRAWN_STEPS) {
    for (let step = first; step <= last; step += 1) {
      parts(step, (row, start, end) => { if (end > start) addBox(shapes[row], start, end, bottom(row), bottom(row) + 0.8); });
    }
    return shapes;
  }
  const width = (to - from) / STRETCHES;
  const held = rows.map(() => new Float64Array(STRETCHES));
  for (let step = first; step <= last; step += 1) {
    parts(step, (row, start, end) => {
      const begin = Math.max(start, from), until = Math.min(end, to);
      for (let stretch = Math.floor((begin - from) / width); stretch < STRETCHES && from + stretch * width < until; stretch += 1) {
        held[row][stretch] += Math.max(0, Math.min(until, from + (stretch + 1) * width) - Math.max(begin, from + stretch * width));
      }
    });
  }
  held.forEach((cycles, row) => addBoxesBeside(shapes[row], from, width, bottom(row), cycles.map((of) => 0.8 * Math.min(1, of / width))));
  return shapes;
}

/// The steps from `first` to `last` that are drawn: all, or of each stretch of them the one with the most of a figure.
function drawnSteps(first, last, figure) {
  const each = last - first < DRAWN_STEPS ? 1 : Math.ceil((last - first + 1) / STRETCHES);
  const drawn = [];
  for (let start = first; start <= last; start += each) {
    let most = start;
    for (let step = start + 1; step < start + each && step <= last; step += 1) if (figure(step) > figure(most)) most = step;
    drawn.push(most);
  }
  return drawn;
}
