"""What a reader sees of a report, in a real browser."""

import os
import time
from pathlib import Path

import pytest

VIEWS = ["summary", "waterfall", "insights", "roofline", "layers", "timeline", "tiles", "memory", "liveness", "about"]


def value(result: dict, path: str):
    for key in path.split("."):
        result = result[key]
    return result


def figures(page) -> list[tuple[str, int, float]]:
    """Every figure that says which field of which result it shows."""
    return page.eval_on_selector_all(
        "[data-figure][data-value]",
        "all => all.map(e => [e.dataset.figure, Number((e.closest('[data-run]') || e).dataset.run), Number(e.dataset.value),"
        " e.closest('[data-layer]')?.dataset.layer ?? null])",
    )


def check_figures(page, results: list[dict]) -> int:
    checked = 0
    for path, run, shown, layer in figures(page):
        if layer is not None:
            of_name = [of for of in results[run]["layers"] if of["name"] == layer]
            assert shown in [of[path] for of in of_name], (layer, path)
        elif path == "cycles_per_image":
            assert shown == pytest.approx(results[run]["time"]["cycles"] / results[run]["run"]["batch"])
        else:
            assert shown == value(results[run], path), path
        checked += 1
    return checked


def wait_until(page, condition: str) -> None:
    """Waits in Python: the page lets nobody evaluate text, which is how Playwright waits."""
    deadline = time.monotonic() + 10
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


@pytest.mark.parametrize("visit", [{"width": 1280}, {"width": 800, "theme": "dark"}], indirect=True)
@pytest.mark.parametrize("name", ["single", "comparison", "largest"])
def test_every_view_is_drawn_and_shows_the_result(name, visit, request):
    report = request.getfixturevalue(name)
    page = visit.open(report)
    for view in VIEWS:
        assert page.locator(f"section#{view}").is_visible(), view
    charts = page.locator(".chart")
    # Waterfall, roofline and the errors of measurements, and for each run a timeline, a map, two charts of memory by tile and one over the steps.
    assert charts.count() == 3 + 5 * len(report.results)
    drawn = page.eval_on_selector_all(".chart", "all => all.map(e => e.querySelectorAll('.main-svg path, .main-svg image').length)")
    assert all(paths > 3 for paths in drawn), drawn
    layers = sum(len(result["layers"]) for result in report.results)
    assert check_figures(page, report.results) >= layers + 10 * len(report.results)
    # Every chart is as wide as its place, which the cards beside it have narrowed.
    widths = page.eval_on_selector_all(".chart", "all => all.map(e => [e.clientWidth, e.querySelector('.main-svg').clientWidth])")
    assert all(place == drawn for place, drawn in widths), widths
    # Nothing but tables of their own hangs over the edge of the page.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshots = os.environ.get("SCREENSHOTS")
    if screenshots:
        width = page.viewport_size["width"]
        page.screenshot(path=str(Path(screenshots) / f"{name}-{width}.png"), full_page=True)


def test_the_waterfall_adds_up(comparison, visit):
    page = visit.open(comparison)
    steps = page.evaluate("[...document.querySelectorAll('#waterfall .chart')[0].data].map(trace => trace.y.filter(y => y !== null))")
    for trace, result in zip(steps, comparison.results, strict=True):
        assert sum(trace) == pytest.approx(result["time"]["cycles"] / result["run"]["batch"])


def test_the_roofline_holds_every_layer_with_products(comparison, visit):
    page = visit.open(comparison)
    read = "[...document.querySelector('#roofline .chart').data].map(trace => [trace.mode, trace.x.length, Math.max(...trace.y)])"
    for against in ["sram", "exchange"]:
        page.select_option("#roofline select", against)
        roof, *points = page.evaluate(read)
        assert roof[0] == "lines"
        for (mode, count, fastest), result in zip(points, comparison.results, strict=True):
            moved = (lambda t: t["sram_read_bytes"] + t["sram_write_bytes"]) if against == "sram" else (lambda t: t["exchange_bytes"])
            expected = [of for of in result["layers"] if of["macs"] and of["cycles"] and moved(of["traffic"])]
            assert (mode, count) == ("markers", len(expected))
            assert fastest <= roof[2]


def test_layers_sort_filter_and_open(comparison, visit):
    page = visit.open(comparison)
    rows = page.locator("#layer-table tbody tr")
    everything = rows.count()
    page.fill("#layer-filter", "block2a")
    found = [of for of in comparison.results[0]["layers"] if "block2a" in of["name"]]
    assert rows.count() == len(found) < everything
    page.fill("#layer-filter", "")
    page.select_option("#layers select", "spatial")
    assert rows.count() == sum(of["kind"] == "spatial" for of in comparison.results[0]["layers"])
    page.select_option("#layers select", "")
    page.get_by_role("button", name="cycles", exact=True).first.click()
    dearest = max(comparison.results[0]["layers"], key=lambda of: of["cycles"])
    assert rows.first.get_attribute("data-layer") == dearest["name"]
    # By keyboard: the first name opens the plan, and closes it again.
    opener = rows.first.locator("button.open")
    opener.focus()
    page.keyboard.press("Enter")
    detail = page.locator("tr.more")
    assert detail.count() == 1
    for result in comparison.results:
        plan = next(of for of in result["layers"] if of["name"] == dearest["name"])["plan"]
        assert plan in detail.inner_text()
    page.keyboard.press("Enter")
    assert detail.count() == 0


def test_the_timeline_zooms_and_walks(single, visit):
    page = visit.open(single)
    result = single.results[0]
    track = page.locator("#timeline .track")
    said = track.locator(".step")
    peak = int(said.get_attribute("data-step"))
    assert result["memory"]["peak_step"] in said.inner_text()
    track.locator("[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    assert int(said.get_attribute("data-step")) == peak + 1
    # The view of memory follows.
    assert int(page.locator("#liveness [data-step]").get_attribute("data-step")) == peak + 1
    page.keyboard.press("ArrowLeft")
    held = page.locator("#liveness [data-step]")
    # What lives, without the gaps between.
    assert int(held.get_attribute("data-value")) == result["memory"]["peak_bytes"] - result["memory"]["gap_bytes"]
    span = "(() => { const [a, b] = document.querySelector('#timeline .chart').layout.xaxis.range; return b - a; })()"
    all_cycles = page.evaluate(span)
    assert all_cycles == result["time"]["cycles"]
    page.keyboard.press("+")
    assert page.evaluate(span) < all_cycles
    page.keyboard.press("Home")
    assert page.evaluate(span) == all_cycles
    # By mouse: a drag zooms.
    box = track.locator(".nsewdrag").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], y, steps=5)
    page.mouse.up()
    wait_until(page, f"{span} < {all_cycles / 2}")


def test_the_map_shows_other_measures_on_one_scale(comparison, visit):
    page = visit.open(comparison)
    read = "[...document.querySelectorAll('#tiles .chart')].map(chart => [chart.data[0].z.flat().length, Math.max(...chart.data[0].z.flat()), chart.data[0].zmax])"
    for run, (tiles, most, _) in enumerate(page.evaluate(read)):
        assert tiles == comparison.results[run]["machine"]["tiles"]
        memory = comparison.results[run]["memory"]
        assert most == memory["peak_bytes"] - memory["gap_bytes"]
    page.select_option("#tiles select", "sent_bytes")
    after = page.evaluate(read)
    assert len({scale for _, _, scale in after}) == 1
    sent = page.evaluate("[...document.querySelectorAll('#tiles .chart')].map(chart => chart.data[0].z.flat().reduce((a, b) => a + b, 0))")
    assert sent == [result["traffic"]["exchange_bytes"] for result in comparison.results]


def test_dark_and_light_and_paper(single, visit):
    page = visit.open(single)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("#theme")
    dark = page.evaluate(ground)
    assert light != dark
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(ground) == light
    assert not page.locator("nav").is_visible()
    # Charts are as wide as paper, and whole.
    widths = page.eval_on_selector_all(".chart", "all => all.map(e => [e.clientWidth, e.querySelector('.main-svg').clientWidth])")
    assert all(place == drawn <= 660 for place, drawn in widths), widths
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.evaluate(ground) == dark
    widths = page.eval_on_selector_all(".chart", "all => all.map(e => [e.clientWidth, e.querySelector('.main-svg').clientWidth])")
    assert all(place == drawn for place, drawn in widths) and max(widths)[0] > 660, widths


def test_choices_wait_for_the_charts(single, visit):
    # A reader who is quicker than the charting library: the figures are there, the charts are not.
    visit.page.add_init_script(
        "new MutationObserver((_, observer) => { if (!document.body?.dataset.ready) return;"
        " observer.disconnect(); window.early = !window.Plotly; document.getElementById('theme').click();"
        " const select = document.querySelector('#tiles select'); select.value = 'sent_bytes';"
        " select.dispatchEvent(new Event('change')); })"
        ".observe(document, { subtree: true, attributes: true, attributeFilter: ['data-ready'] })"
    )
    page = visit.open(single)
    assert page.evaluate("window.early")
    shown = page.evaluate("document.querySelector('#tiles .chart').data[0].z.flat().reduce((a, b) => a + b, 0)")
    assert shown == single.results[0]["traffic"]["exchange_bytes"]


def test_results_from_files_have_no_steps_but_all_the_rest(comparison, visit, tmp_path):
    from conftest import Report, tilesim

    files = sorted(str(file) for file in comparison.folder.glob("0*.json"))
    tilesim("compare", *files, "--out", str(tmp_path))
    page = visit.open(Report(tmp_path, comparison.results))
    assert page.locator(".chart").count() == 3
    assert "holds no steps" in page.locator("#timeline").inner_text()
    assert check_figures(page, comparison.results) > 0


@pytest.mark.parametrize("name", ["largest", "largest_training"])
def test_the_largest_reports_are_small_and_open(name, visit, request):
    report = request.getfixturevalue(name)
    assert (report.folder / "report.html").stat().st_size < 5e6
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page = visit.open(report)
    # Processor time of the page's thread, until every chart is drawn. It is shown (`pytest -s`), not held to a bound: a machine that
    # does other things besides would fail it.
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    readable = page.evaluate("window.readyAfter")
    print(f"{name}: readable after {readable:.2f} s, drawn after {metrics['TaskDuration']:.2f} s of the page's thread")
    assert readable > 0 and metrics["TaskDuration"] > 0
