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
    context = browser.new_context(
        viewport={"width": settings.get("width", 1280), "height": 900},
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
