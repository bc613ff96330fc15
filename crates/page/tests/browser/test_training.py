"""What a reader sees of the report of a training system, in a real browser."""

import os
from pathlib import Path

import pytest

VIEWS = [
    "summary", "stages", "stage-memory", "pipeline", "waterfall", "layers", "timeline", "tiles", "memory", "liveness", "about",
]


def value(of, path: str):
    for key in path.split("."):
        of = of[int(key)] if isinstance(of, list) else of[key]
    return of


def figures(page) -> list[tuple[str, float]]:
    return page.eval_on_selector_all(
        "[data-figure][data-value]", "all => all.map(e => [e.dataset.figure, Number(e.dataset.value)])"
    )


@pytest.mark.parametrize("visit", [{"width": 1280}, {"width": 800, "theme": "dark"}], indirect=True)
@pytest.mark.parametrize("name", ["training", "largest_training"])
def test_every_view_is_drawn_and_shows_the_result(name, visit, request):
    report = request.getfixturevalue(name)
    page = visit.open(report)
    (result,) = report.results
    for view in VIEWS:
        assert page.locator(f"section#{view}").is_visible(), view
    stages = len(result["stages"])
    # Stages, their memory, the pipeline, the waterfall and the errors of measurements; for each stage a timeline, a map, two charts of memory by tile and one over
    # the steps.
    assert page.locator(".chart").count() == 5 + 5 * stages
    drawn = page.eval_on_selector_all(".chart", "all => all.map(e => e.querySelectorAll('.main-svg path, .main-svg image').length)")
    assert all(paths > 3 for paths in drawn), drawn
    shown = figures(page)
    for path, figure in shown:
        assert figure == value(result, path), path
    layers = sum(len(stage["layers"]) for stage in result["stages"])
    causes = sum(cycles > 0 for cycles in result["cycles_by_cause"].values())
    assert len(shown) == 11 + stages * (4 + 7 + causes + 4) + causes + layers
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    widths = page.eval_on_selector_all(".chart", "all => all.map(e => [e.clientWidth, e.querySelector('.main-svg').clientWidth])")
    assert all(place == drawn for place, drawn in widths), widths
    screenshots = os.environ.get("SCREENSHOTS")
    if screenshots:
        page.screenshot(path=str(Path(screenshots) / f"{name}-{page.viewport_size['width']}.png"), full_page=True)


def test_bars_of_every_stage_sum_to_the_update(training, visit):
    page = visit.open(training)
    (result,) = training.results
    read = "[...document.querySelector('#stages .chart').data].map(trace => [trace.name, trace.x])"
    for by in ["activity", "cause"]:
        page.select_option("#stages select", by)
        bars = page.evaluate(read)
        for stage in range(len(result["stages"])):
            assert sum(cycles[stage] for _, cycles in bars) == result["time"]["cycles"]
    memory = page.evaluate("[...document.querySelector('#stage-memory .chart').data].map(trace => trace.x)")
    for stage, of in enumerate(result["stages"]):
        assert sum(part[stage] for part in memory) == pytest.approx(of["memory"]["peak_bytes"] / 1024)


def test_the_pipeline_shows_what_every_stage_does(training, visit):
    page = visit.open(training)
    (result,) = training.results
    # Every box of a row: from, from, to, to, from, and a gap.
    boxes = page.evaluate(
        "[...document.querySelector('#pipeline .chart').data].flatMap(trace => { const all = [];"
        " for (let at = 0; at < trace.x.length; at += 6) all.push([trace.name, trace.y[at] + 0.4, trace.x[at], trace.x[at + 2]]);"
        " return all; })"
    )
    names = {"fill_and_drain": "pipeline fills and drains", "slower_stages": "waiting for slower stages"}
    stages = len(result["stages"])
    for stage, of in enumerate(result["stages"]):
        own = sorted((start, end, name) for name, row, start, end in boxes if round(row) == stages - 1 - stage)
        assert own[0][0] == 0 and own[-1][1] == result["time"]["cycles"]
        assert all(end == start for (_, end, _), (start, _, _) in zip(own, own[1:]))
        for wait, name in names.items():
            assert sum(end - start for start, end, of_name in own if of_name == name) == of["waits"][wait]
        forward = [end - start for start, end, name in own if name == "forward"]
        assert forward == [of["cycles"]["forward"]] * result["system"]["gradient_accumulation"]
    page.select_option("#pipeline select", "first")
    plot = page.locator("#pipeline .nsewdrag")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / stages / 2)
    said = page.locator("#pipeline .step").inner_text()
    assert "stage 0" in said and "micro-batch 1 of 16" in said, said


def test_layers_are_filtered_by_stage_and_phase(training, visit):
    page = visit.open(training)
    (result,) = training.results
    rows = page.locator("#layer-table tbody tr")
    page.locator("#layers select").nth(0).select_option("2")
    assert rows.count() == len(result["stages"][2]["layers"])
    page.locator("#layers select").nth(1).select_option("backward")
    backward = [of for of in result["stages"][2]["layers"] if of["phase"] == "backward"]
    assert rows.count() == len(backward)
    page.get_by_role("button", name="cycles", exact=True).click()
    assert max(of["cycles"] for of in backward) == int(rows.first.locator("[data-figure]").get_attribute("data-value"))


def test_steps_of_every_stage_walk_by_themselves(training, visit):
    page = visit.open(training)
    tracks = page.locator("#timeline .track")
    before = [int(tracks.nth(stage).locator(".step").get_attribute("data-step")) for stage in range(4)]
    tracks.nth(1).locator("[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    after = [int(tracks.nth(stage).locator(".step").get_attribute("data-step")) for stage in range(4)]
    assert after == [before[0], before[1] + 1, *before[2:]]
    phases = ["forward", "recompute", "backward", "update"]
    assert any(tracks.nth(1).locator(".step").inner_text().endswith(phase) for phase in phases)


def test_a_timeline_of_too_many_steps_adds_up_and_shows_them_closer_up(largest_training, visit):
    page = visit.open(largest_training)
    (result,) = largest_training.results
    chart = "document.querySelectorAll('#timeline .chart')[2]"
    shapes = f"[...{chart}.data].map(trace => [trace.x, trace.y])"
    cycles = sum(result["stages"][2]["cycles"].values())
    # What all shapes cover, of the height of a row: every cycle is in one of them.
    covered, heights = 0.0, set()
    for xs, ys in page.evaluate(shapes):
        bottom = min(y for y in ys if y is not None)
        for x, after, y in zip(xs, xs[1:], ys):
            if None not in (x, after) and after > x:
                covered += (after - x) * (y - bottom) / 0.8
        heights |= {round(y - bottom, 3) for y in ys if y is not None}
    assert covered == pytest.approx(cycles)
    assert len(heights) > 100
    # A closer look shows the steps one by one, in full height.
    page.locator("#timeline [role='application']").nth(2).focus()
    for _ in range(4):
        page.keyboard.press("+")
    for _, ys in page.evaluate(shapes):
        assert {round(y - min(y for y in ys if y is not None), 3) for y in ys if y is not None} <= {0.0, 0.8}
    page.keyboard.press("Home")
    assert page.evaluate(f"{chart}.layout.xaxis.range") == [0, max(sum(of["cycles"].values()) for of in result["stages"])]


def test_memory_over_too_many_steps_keeps_its_peak(largest_training, visit):
    page = visit.open(largest_training)
    (result,) = largest_training.results
    read = "(chart => chart.data[0].x.map((_, at) => chart.data.reduce((sum, trace) => sum + trace.y[at], 0)))"
    for stage, of in enumerate(result["stages"]):
        held = page.evaluate(f"{read}(document.querySelectorAll('#liveness .chart')[{stage}])")
        assert len(held) <= 1500
        memory = of["memory"]
        # What is kept of other micro-batches beside the program differs by phase.
        most = (memory["peak_bytes"] - memory["gap_bytes"]) / 1024
        assert most - memory["kept_bytes"] / 1024 <= max(held) + 0.001 and max(held) <= most + 0.001
