"""The report in a browser: it opens from a file, sets its formulas, and is not blank."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from report import html
from tests.test_report import WHOLE, site, theorem

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr",
)  # fmt: skip
#: Enough theorems for the index to offer its filter.
MANY = 9

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small report."""
    folder = tmp_path_factory.mktemp("browser")
    others = [theorem(name=f"other-{k}", title=f"Another theorem, {k}") for k in range(MANY)]
    html.build(site(folder, WHOLE, theorem(), *others), folder / "report")
    return folder / "report"


def browse(folder: Path, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Chromium on a page, with a profile of its own."""
    assert CHROMIUM is not None
    line = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True)


def measured(folder: Path, page: Path, script: str) -> str:
    """What a script on (a copy of) the page writes into its title."""
    copy = page.with_name(f"copy-{page.name}")
    text = page.read_text(encoding="utf-8")
    copy.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    try:
        dom = browse(folder, copy, "--dump-dom").stdout
    finally:
        copy.unlink()
    title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert title is not None
    return title[1]


@pytest.mark.parametrize("name", ["index.html", "theorems/example.html", "errata.html"])
@pytest.mark.parametrize("size", ["1400,1600", "500,1600"])
def test_a_page_opens_from_a_file_and_is_not_blank(
    report: Path, tmp_path: Path, name: str, size: str
) -> None:
    picture = tmp_path / "page.png"
    done = browse(tmp_path, report / name, f"--window-size={size}", f"--screenshot={picture}")
    assert "CONSOLE" not in done.stderr  # no error, and nothing that the page's policy had to refuse
    grey = np.asarray(Image.open(picture).convert("L"))
    paper = np.bincount(grey.ravel()).argmax()
    assert 0.01 < (np.abs(grey.astype(int) - paper) > 60).mean() < 0.5


@pytest.mark.parametrize("name", ["index.html", "theorems/example.html"])
def test_formulas_have_height(report: Path, tmp_path: Path, name: str) -> None:
    script = (
        "document.title = [...document.querySelectorAll('math')]"
        ".map(m => Math.round(m.getBoundingClientRect().height)).join(' ')"
    )
    heights = [int(h) for h in measured(tmp_path, report / name, script).split()]
    assert heights
    assert min(heights) >= 5  # a letter without ascender, in a table
    if name.startswith("theorems"):
        assert max(heights) >= 40  # a fraction in parentheses


def test_a_page_is_not_wider_than_a_small_screen(report: Path, tmp_path: Path) -> None:
    script = (
        "document.body.style.width = '400px'; document.documentElement.style.width = '400px';"
        "document.title = [...document.querySelectorAll('main > *')]"
        ".map(e => Math.round(e.getBoundingClientRect().right)).join(' ')"
    )
    edges = [int(e) for e in measured(tmp_path, report / "theorems" / "example.html", script).split()]
    assert edges
    assert max(edges) <= 400


def test_the_index_filters_and_reads_without_its_script(report: Path, tmp_path: Path) -> None:
    script = (
        "const box = document.querySelector('input.filter'); box.value = 'another no evidence 3';"
        "box.dispatchEvent(new Event('input'));"
        "document.title = [...document.querySelectorAll('tr.theorem')].filter(r => !r.hidden).length"
    )
    assert measured(tmp_path, report / "index.html", script) == "1"
    text = (report / "index.html").read_text(encoding="utf-8")
    assert text.count('class="theorem"') == MANY + 1
    assert "<input" not in text  # the script makes it
