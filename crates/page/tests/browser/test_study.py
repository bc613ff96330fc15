"""What a reader sees of the report of a study, in a real browser."""

import pytest


def value(of, path: str):
    for key in path.split("."):
        of = of[int(key)] if isinstance(of, list) else of[key]
    return of


def test_the_question_is_answered_first_and_every_figure_is_of_the_summary(study, visit):
    page = visit.open(study)
    (summary,) = study.results
    views = page.eval_on_selector_all("main > section", "all => all.map(e => e.id)")
    assert views == ["answer", "gains", "fronts", "pictures", "winners", "effects", "parallel", "points", "failures"]
    first = page.locator(".answers li").first.inner_text()
    best = max((gain for gain in summary["gains"] if gain["name"] == "Groups" and gain["gain"]), key=lambda gain: gain["gain"])
    assert first.startswith(f"Groups: group size {best['each']['group_size']} is best, {best['gain']:.2f}× better in images per second (small")
    shown = page.eval_on_selector_all(
        "[data-figure][data-value]:not([data-point])", "all => all.map(e => [e.dataset.figure, Number(e.dataset.value)])"
    )
    assert len(shown) > 4 + len([gain for gain in summary["gains"] if gain["gain"]])
    for path, figure in shown:
        assert figure == value(summary, path), path


def test_hover_names_the_configuration_and_a_click_opens_it(study, visit):
    page = visit.open(study)
    chart = page.locator("#fronts .chart").nth(1)
    chart.scroll_into_view_if_needed()
    mark = chart.locator(".scatterlayer .point").first.bounding_box()
    page.mouse.move(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    chart.locator(".hoverlayer text").first.wait_for()
    said = chart.locator(".hoverlayer").text_content()
    assert "group size" in said and ("small" in said or "large" in said)
    page.mouse.click(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    opened = page.locator("#fronts .opened .point")
    opened.wait_for()
    assert opened.locator("h3").inner_text() in said
    winner = study.results[0]["winners"][0]
    # What a table opens is the same card: its figure is that of the summary.
    page.locator("#winners-table button.open").first.click()
    figure = page.locator("#winners-table [data-figure='time.images_per_second'][data-point]")
    assert float(figure.get_attribute("data-value")) == winner["figure"]


def test_tables_sort_and_filter_by_keyboard(study, visit):
    page = visit.open(study)
    rows = page.locator("#points-table tbody tr")
    assert rows.count() == 16
    page.locator("#points-table-filter").focus()
    page.keyboard.type("large 16")
    assert rows.count() == 2
    page.locator("#points-table-filter").fill("")
    head = page.locator("#points-table th button").filter(has_text="images per second")
    head.focus()
    page.keyboard.press("Enter")
    column = page.locator("#points-table th").evaluate_all("all => all.findIndex(e => e.innerText.includes('images per second'))")
    assert rows.first.locator("td").nth(column).inner_text() != "–"
    # What has no result stands below both ways.
    assert rows.last.locator("td").nth(column).inner_text() == "–"
    page.keyboard.press("Enter")
    assert rows.last.locator("td").nth(column).inner_text() == "–"
    rows.first.locator("button.open").focus()
    page.keyboard.press("Enter")
    assert page.locator("#points-table .point").count() == 1


def test_brushes_choose_points_by_mouse_and_keyboard(study, visit):
    page = visit.open(study)
    rows = page.locator("#points-table tbody tr")
    axis = page.locator("#parallel [role=slider][aria-label='batch']")
    axis.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    # Only batch 1 is left, of what has a result.
    assert rows.count() == 6
    assert "6 of 12 points are chosen" in page.locator("#chosen").inner_text()
    assert page.locator("#parallel .lines path.out").count() == 6
    page.keyboard.press("Escape")
    assert rows.count() == 16
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert rows.count() == 6
    page.get_by_role("button", name="Choose all").click()
    assert rows.count() == 16


@pytest.mark.parametrize("visit", [{"theme": "dark"}], indirect=True)
def test_dark_light_and_paper(study, visit):
    page = visit.open(study)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) != dark
