"""Plots for papers in a real browser: no text lies on another, on a mark or half on a bar, and none is cut off."""

from pathlib import Path

import pytest
from conftest import tilesim

# Texts with each of: other texts, marks (circles and polygons), bars (filled rectangles). Boxes may touch; a text may stand in a bar.
COLLISIONS = """
() => {
  const svg = document.querySelector("svg"), [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
  const box = (of) => { const r = of.getBoundingClientRect(); return r; };
  const hair = 1;
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > hair && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > hair;
  const holds = (a, b) => a.left <= b.left + hair && a.right >= b.right - hair && a.top <= b.top + hair && a.bottom >= b.bottom - hair;
  // A text's box has room for accents above and below its letters: what is seen of it is less.
  const letters = (of) => {
    const r = box(of), turned = of.getAttribute("transform"), size = turned ? r.width : r.height, less = 0.16 * size;
    return turned ? { left: r.left + less, right: r.right - less, top: r.top, bottom: r.bottom } : { left: r.left, right: r.right, top: r.top + less, bottom: r.bottom - less };
  };
  const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent.trim(), letters(text)]);
  const white = (of) => /fill="#FFFFFF"/i.test(of.outerHTML);
  const marks = [...svg.querySelectorAll("circle, polygon")].map(box);
  const bars = [...svg.querySelectorAll("rect")].filter((rect) => !white(rect) && Number(rect.getAttribute("opacity")) === 1).map(box);
  const whole = box(svg), found = [];
  texts.forEach(([one, a], index) => {
    if (!holds(whole, a)) found.push(`"${one}" is cut off`);
    texts.slice(index + 1).forEach(([other, b]) => { if (meet(a, b)) found.push(`"${one}" lies on "${other}"`); });
    if (marks.some((mark) => meet(a, mark))) found.push(`"${one}" lies on a mark`);
    if (bars.some((bar) => meet(a, bar) && !holds(bar, a))) found.push(`"${one}" lies on a bar`);
  });
  return found;
}
"""


@pytest.fixture(scope="session", params=["one-column", "two-columns"])
def plots(request, tmp_path_factory) -> list[Path]:
    """Every kind of plot: of the paper's study, of one with heat maps and measurements, and of a comparison of three networks."""
    from conftest import STUDY
    import json

    folder = tmp_path_factory.mktemp("plots")
    size = ("--plot-size", request.param)
    file = folder / "groups.json"
    file.write_text(json.dumps(STUDY))
    tilesim("sweep", str(file), "--out", str(folder / "study"), *size)
    tilesim("sweep", "paper", "--out", str(folder / "paper"), *size)
    networks = ("efficientnet-b0-g1", "efficientnet-b0-g16", "efficientnet-b0-g1@:group_size=4")
    tilesim("compare", *networks, "--batch", "16", "--traces", "none", "--out", str(folder / "comparison"), *size)
    tilesim("simulate", networks[0], "--traces", "none", "--plot-title", "One network", "--out", str(folder / "single"), *size)
    return sorted(folder.glob("*/*.svg"))


def test_nothing_lies_on_anything(plots, browser):
    names = {f"{plot.parent.name}/{plot.stem}" for plot in plots}
    assert {"paper/all-gains", "paper/training", "paper/inference", "paper/parallel-coordinates", "study/map", "study/speed"} <= names
    assert {"comparison/waterfall", "comparison/roofline", "comparison/utilisation", "comparison/throughput"} <= names
    page = browser.new_page()
    found = {}
    for plot in plots:
        page.goto(plot.as_uri())
        found[f"{plot.parent.name}/{plot.stem}"] = page.evaluate(COLLISIONS)
    page.close()
    assert {name: collisions for name, collisions in found.items() if collisions} == {}
