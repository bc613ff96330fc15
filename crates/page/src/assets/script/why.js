// Why the other runs take another time than the first.
function why() {
  if (data.why.length === 0) return;
  const section = view("why", "Why", "Each difference in cycles is the sum of what opens below it: cause, kind of layer, layer, the decision that differs there. `tilesim why` simulates besides what would change it.");
  data.why.forEach((answer, index) => {
    section.append(
      heading(index + 1, answer.b.label),
      element("ul", { class: "insights answers" }, ...answer.reading.map((text) => element("li", {}, text))),
      ...answer.tree.map(whyNode));
  });
}

/// A part of a difference; its own parts are made when it is opened.
function whyNode(node) {
  const text = `${difference(node.cycles)} ${words(node.name)}`;
  if (node.children.length === 0) {
    const also = (node.also || []).map((decision) => `${words(decision.kind)}: ${decision.name}`).join("; ");
    return element("p", { class: "note" }, `${difference(node.cycles)} ${words(node.kind)}: ${node.name}${also && ` (${also})`}`);
  }
  const opened = element("details", { class: "why" }, element("summary", {}, text));
  opened.addEventListener("toggle", () => {
    if (opened.open && opened.children.length === 1) opened.append(...node.children.map(whyNode));
  });
  return opened;
}
