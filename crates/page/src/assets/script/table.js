// A table that sorts by each of its columns, is filtered by words, and opens rows.

/// Rows that a table shows before it is asked for more.
const ROWS_AT_FIRST = 100;

/// A table of `rows` in `place`. A column has `name`, `value(row)` to sort by, `show(row)` to read, and may have `unit`, `text`, `figure(row)`
/// (what of which result it is) or `open(row)`: what a row opens to. `words(row)` is what the filter looks at; without it there is none.
function sortableTable(place, id, columns, rows, { words, note, caption } = {}) {
  let order = { key: -1, descending: false }, text = "", limit = ROWS_AT_FIRST, chosen = null;
  const body = element("tbody");
  const heads = columns.map((column, index) => element("th", { class: column.text ? "text" : "", scope: "col" },
    element("button", { type: "button", onclick: () => { order = { key: index, descending: order.key === index ? !order.descending : !column.text }; fill(); } },
      column.name, column.unit ? element("small", {}, ` ${column.unit}`) : "")));
  const found = element("span", { class: "note", "aria-live": "polite" });
  const more = element("button", { type: "button", onclick: () => { limit *= 10; fill(); } });
  const fill = () => {
    let shown = rows.filter((row) => (!chosen || chosen(row)) && (!text || text.split(/\s+/).every((word) => words(row).includes(word))));
    const kept = shown.length;
    if (order.key >= 0) {
      const { value } = columns[order.key];
      shown = shown.map((row, index) => [value(row), index, row]).sort(([x, i], [y, j]) => {
        // What has no figure stands below, however one sorts.
        if ((x ?? null) === null || (y ?? null) === null) return ((x ?? null) === null) - ((y ?? null) === null) || i - j;
        const by = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
        return (order.descending ? -by : by) || i - j;
      }).map(([, , row]) => row);
    }
    heads.forEach((head, index) => head.setAttribute("aria-sort", index === order.key ? (order.descending ? "descending" : "ascending") : "none"));
    body.replaceChildren(...shown.slice(0, limit).map(line));
    found.textContent = kept === rows.length ? `${kept} rows` : `${kept} of ${rows.length} rows`;
    more.hidden = kept <= limit;
    more.textContent = `Show more than ${limit}`;
  };
  const line = (row) => {
    const made = element("tr", {});
    made.append(...columns.map((column) => {
      const shown = column.show(row);
      const [figure, value] = (column.figure && column.figure(row)) || [];
      const cell = element("td", { class: column.text ? (shown.length > 44 ? "text wrap" : "text") : "", "data-figure": figure, "data-value": figure === undefined ? undefined : value });
      cell.append(column.open ? opener(made, shown, () => column.open(row)) : shown);
      return cell;
    }));
    return made;
  };
  const opener = (of, name, filled) => {
    const open = element("button", { type: "button", class: "open", "aria-expanded": "false" }, "▸ " + name);
    open.addEventListener("click", () => {
      const expanded = open.getAttribute("aria-expanded") === "true";
      if (expanded) of.nextSibling.remove();
      else of.after(element("tr", { class: "more" }, element("td", { colspan: columns.length }, filled())));
      open.setAttribute("aria-expanded", String(!expanded));
      open.textContent = (expanded ? "▸ " : "▾ ") + name;
    });
    return open;
  };
  const table = element("table", { id, class: "sortable" }, caption ? element("caption", {}, caption) : "", element("thead", {}, element("tr", {}, ...heads)), body);
  place.append(
    words ? element("div", { class: "controls" },
      element("label", {}, "Filter", element("input", { type: "search", id: id + "-filter", placeholder: note || "words", oninput: (event) => { text = event.target.value.toLowerCase(); fill(); } })), found) : "",
    element("div", { class: rows.length > 14 ? "tall scroll" : "scroll", tabindex: 0, role: "region", "aria-label": caption || id }, table), more);
  fill();
  /// Shows only what is chosen; all again with `null`.
  return (by) => { chosen = by; fill(); };
}
