"""Reports made by the binary under test, opened in headless Chromium."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[4]

# What keeps Chromium from asking anybody for anything of its own accord.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Report:
    """A report with the results that it shows."""

    folder: Path
    results: list[dict] = field(default_factory=list)

    @property
    def url(self) -> str:
        return (self.folder / "report.html").as_uri()


def tilesim(*arguments: str) -> None:
    """Runs the binary under test."""
    binary = os.environ.get("TILESIM", str(ROOT / "target" / "release" / "tilesim"))
    subprocess.run([binary, *arguments, "--quiet"], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def single(tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("single")
    tilesim("simulate", "efficientnet-b0-g16", "--batch", "4", "--max-batch", "--out", str(folder))
    return Report(folder, [json.loads((folder / "result.json").read_text())])


@pytest.fixture(scope="session")
def comparison(tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("comparison")
    tilesim("compare", "efficientnet-b0-g1", "efficientnet-b0-g16", "--batch", "16", "--out", str(folder))
    return Report(folder, json.loads((folder / "comparison.json").read_text())["results"])


@pytest.fixture(scope="session")
def largest(tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("largest")
    tilesim("compare", "efficientnet-b7-g1", "efficientnet-b7-g16", "--batch", "16", "--out", str(folder))
    return Report(folder, json.loads((folder / "comparison.json").read_text())["results"])


@pytest.fixture(scope="session")
def training(tmp_path_factory) -> Report:
    """A pipeline of four stages."""
    folder = tmp_path_factory.mktemp("training")
    system = {
        "stages": "4",
        "splits": "block2b block4a block6a",
        "replicas": "1",
        "micro_batch": "4",
        "gradient_accumulation": "16",
    }
    settings = [part for key, value in system.items() for part in ("--set", f"system.{key}={value}")]
    tilesim(
        "simulate", "efficientnet-b0-g16@:norm=gn:4", "--mode", "training", "--system", "pod4", *settings, "--out", str(folder)
    )
    return Report(folder, [json.loads((folder / "result.json").read_text())])


@pytest.fixture(scope="session")
def largest_training(tmp_path_factory) -> Report:
    """The bundled configuration with the most steps: 33 thousand."""
    folder = tmp_path_factory.mktemp("largest_training")
    tilesim("simulate", "--mode", "training", "--system", "B5-G16-LN_PN-Native_16IPU_4x4", "--traces", "none", "--out", str(folder))
    return Report(folder, [json.loads((folder / "result.json").read_text())])


# A study with a question, a front, a heat map, what was measured, and points without a result.
STUDY = {
    "name": "groups",
    "description": "Which group size is fastest at equal FLOPs?",
    "fixed": {"machine": "mk2", "model": "mobilenet-v1", "resolution": 64},
    "axes": [
        {"keys": ["label.size", "width", "label.top1_percent"], "rows": [["small", 0.5, 63.3], ["large", 1, 70.6]]},
        {"key": "group_size", "values": [1, 4, 16, 1000]},
        {"key": "batch", "values": [1, 4]},
    ],
    "metrics": ["theoretical.flops", "time.cycles", "time.images_per_second", "utilisation.conv_units", "memory.peak_bytes"],
    "objectives": [{"metric": "time.images_per_second", "goal": "maximise"}],
    "within": ["label.size"],
    "named_by": ["label.size", "group_size"],
    "fronts": [
        {
            "name": "In theory",
            "picture": "fronts",
            "objectives": [{"metric": "label.top1_percent", "goal": "maximise"}, {"metric": "theoretical.flops", "goal": "minimise"}],
        },
        {
            "name": "In practice",
            "picture": "fronts",
            "objectives": [
                {"metric": "label.top1_percent", "goal": "maximise"},
                {"metric": "time.images_per_second", "goal": "maximise"},
            ],
        },
    ],
    "comparisons": [
        {
            "name": "Groups",
            "from": ["group_size == 16", "batch == 1"],
            "each": ["group_size"],
            "within": ["label.size"],
            "figures": [{"metric": "time.images_per_second", "goal": "maximise"}],
        },
        {
            "name": "Groups of 16",
            "from": ["group_size == 1"],
            "to": ["group_size == 16"],
            "within": ["label.size"],
            "figures": [
                {"metric": "theoretical.flops", "goal": "minimise"},
                {"metric": "time.images_per_second", "goal": "maximise", "published": 1.5},
            ],
            "source": "nobody",
        },
    ],
    "pictures": [
        {
            "name": "speed",
            "x": "batch",
            "y": "time.images_per_second",
            "series": ["group_size"],
            "where": ["label.size == large"],
            "measured": [{"name": "measured", "source": "nobody", "points": [[1, 5000], [2, 7000]]}],
        },
        {"name": "map", "x": "group_size", "y": "batch", "value": "time.images_per_second", "where": ["label.size == small"]},
    ],
}


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("study")
    file = folder / "groups.json"
    file.write_text(json.dumps(STUDY))
    tilesim("sweep", str(file), "--out", str(folder / "out"))
    return Report(folder / "out", [json.loads((folder / "out" / "summary.json").read_text())])


@pytest.fixture(scope="session")
def browser():
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium to open reports in")
        pytest.skip("there is no chromium to open reports in")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page with everything that went wrong on it."""

    def __init__(self, page: Page):
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.add_init_script(
            "new MutationObserver((_, observer) => {"
            " if (document.body?.dataset.ready) { window.readyAfter = performance.now() / 1000; observer.disconnect(); } })"
            ".observe(document, { subtree: true, attributes: true, attributeFilter: ['data-ready'] })"
        )

    def open(self, report: Report) -> Page:
        self.page.goto(report.url)
        self.page.wait_for_selector("body[data-drawn]", timeout=60_000)
        return self.page


@pytest.fixture
def visit(browser, request):
    """A visit with a clean browser; the test fails where the page complained or asked for anything but itself."""
    settings = getattr(request, "param", {})
    height = settings.get("height", 900)
    context = browser.new_context(
        viewport={"width": settings.get("width", 1280), "height": height},
        color_scheme=settings.get("theme", "light"),
        # Whoever points at something must not find that the page still scrolls below the pointer.
        reduced_motion="reduce",
    )
    visit = Visit(context.new_page())
    yield visit
    context.close()
    assert visit.complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in visit.requests), visit.requests
    assert sum(url.startswith("file:") for url in visit.requests) == 1, visit.requests
