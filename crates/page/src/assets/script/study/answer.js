// What the study asks, and the answer.
function answer() {
  const section = view("answer", "Answer");
  if (data.answers.length) section.append(element("ul", { class: "insights answers" }, ...data.answers.map((text) => element("li", {}, text))));
  const { part } = summary;
  if (part) section.append(element("p", {}, `These are ${summary.points} of ${part.of_points} points. Nothing is compared before all are there.`));
  const figure = (path, text) => element("span", { "data-figure": path, "data-value": summary[path] }, `${whole(summary[path])} ${text}`);
  section.append(element("p", { class: "note counts" },
    figure("points", "points"), ": ", figure("done", "done"), ", ", figure("does_not_fit", "do not fit the memory"), ", ", figure("failed", "without a result"),
    summary.unfit === "included" ? ". What does not fit takes part in what is said." : ". What does not fit takes no part in what is said.",
    " Every answer is in summary.json, every point in results.parquet."));
}
