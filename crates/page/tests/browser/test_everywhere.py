"""Every kind of report on narrow and wide screens, dark and light: nothing hangs over, no text lies on another, and axe finds no fault."""

import os
from importlib.resources import files
from pathlib import Path

import pytest

SCREENS = [{"width": width, "theme": theme} for width in (360, 800, 1280, 1920) for theme in ("light", "dark")]

# Texts of charts that lie on each other, and legends that lie on the data. Boxes may touch.
OVERLAPS = """
() => {
  const found = [];
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2.5;
  for (const chart of document.querySelectorAll(".chart, svg.parallel")) {
    const name = chart.getAttribute("aria-label");
    const texts = [...chart.querySelectorAll("text")].filter((text) => text.textContent.trim() && !text.closest(".hoverlayer, .modebar, .lines, defs"));
    const boxes = texts.map((text) => [text.firstChild.textContent, text.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
    boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => { if (meet(a, b)) found.push(`${name}: "${one}" lies on "${other}"`); }));
    const area = chart.querySelector(".nsewdrag");
    const legend = chart.querySelector(".legend .bg");
    if (area && legend && meet(area.getBoundingClientRect(), legend.getBoundingClientRect())) found.push(`${name}: the legend lies on the data`);
  }
  return found;
}
"""


@pytest.mark.parametrize("visit", SCREENS, indirect=True, ids=lambda screen: f"{screen['width']}-{screen['theme']}")
@pytest.mark.parametrize("name", ["study", "single", "comparison", "training"])
def test_reports_are_whole_on_every_screen(name, visit, request):
    report = request.getfixturevalue(name)
    page = visit.open(report)
    screenshots = os.environ.get("SCREENSHOTS")
    theme = page.evaluate("document.documentElement.dataset.theme")
    if screenshots:
        page.screenshot(path=str(Path(screenshots) / f"{name}-{page.viewport_size['width']}-{theme}.png"), full_page=True)
    # Nothing but tables and pictures of their own hangs over the edge of the page.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("visit", [{"theme": "light"}, {"theme": "dark", "width": 360}], indirect=True)
@pytest.mark.parametrize("name", ["study", "single", "comparison", "training"])
def test_axe_finds_no_serious_fault(name, visit, request):
    report = request.getfixturevalue(name)
    page = visit.open(report)
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    # Of the page's own; what the charting library draws is described by the charts' labels.
    faults = page.evaluate("async () => (await axe.run({ exclude: [['.js-plotly-plot']] })).violations")
    serious = [
        (fault["id"], [node["html"][:160] for node in fault["nodes"]][:4])
        for fault in faults
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
