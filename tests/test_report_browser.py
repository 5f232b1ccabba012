"""The report in a browser: it opens from a file, sets its formulas, and is not blank."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from report import html
from tests.test_report import RACE, WHOLE, raced, site, theorem

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
    records = {**WHOLE, "measurement": raced()}
    example = theorem(predictions=[*theorem().predictions, RACE])
    html.build(site(folder, records, example, *others), folder / "report")
    return folder / "report"


def browse(folder: Path, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Chromium on a page, with a profile of its own."""
    assert CHROMIUM is not None
    options = ("--virtual-time-budget=20000", *options)  # scripts that wait are done before the page is read
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


PAGES = ["index.html", "theorems/example.html", "errata.html", "trust.html", "comparison.html"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", ["1400,1600", "500,1600"])
def test_a_page_opens_from_a_file_and_is_not_blank(
    report: Path, tmp_path: Path, name: str, size: str
) -> None:
    picture = tmp_path / "page.png"
    done = browse(tmp_path, report / name, f"--window-size={size}", f"--screenshot={picture}")
    assert "CONSOLE" not in done.stderr  # no error, and nothing that the page's policy had to refuse
    grey = np.asarray(Image.open(picture).convert("L"))
    paper = np.bincount(grey.ravel()).argmax()
    assert 0.003 < (np.abs(grey.astype(int) - paper) > 60).mean() < 0.5  # trust.html is one sentence here


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


SORT = """
const names = () => [...document.querySelectorAll('tr.theorem .name a')].map(n => n.textContent).join('|');
const button = document.querySelector('th[data-sort=name] button'), seen = [names()];
for (let k = 0; k < 3; k++) { button.click(); seen.push(names()); }
document.title = seen.join(';');
"""


def test_the_index_sorts_and_the_third_click_brings_the_classes_back(report: Path, tmp_path: Path) -> None:
    seen = measured(tmp_path, report / "index.html", SORT).split(";")
    first, ascending, descending, last = (text.split("|") for text in seen)
    assert ascending == sorted(first)
    assert ascending == descending[::-1]
    assert last == first


READ = """
const svg = document.querySelector('.race figure svg');
document.querySelectorAll('.runners input')[1].click();
const curves = [...svg.querySelectorAll("g[id*='curve-']")].map(g => g.style.display || 'shown').join(' ');
const place = JSON.parse(svg.dataset.frame).place, box = svg.getBoundingClientRect();
const scale = box.width / svg.viewBox.baseVal.width;
svg.dispatchEvent(new PointerEvent('pointermove', {
  clientX: box.left + scale * (place[2] - 3), clientY: box.top + scale * (place[3] - 6)
}));
document.title = curves + '; ' + document.querySelector('.tip').textContent;
"""


def test_a_curve_can_be_switched_off_and_read(report: Path, tmp_path: Path) -> None:
    # gradient descent's curve ends at epoch 20 with ln error = -14
    said = measured(tmp_path, report / "comparison.html", READ)
    assert said == "shown none; Gradient descent: 8.32×10⁻⁷ at 20"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_its_html_is_valid(report: Path, tmp_path: Path, name: str) -> None:
    html5lib = pytest.importorskip("html5lib")
    text = (report / name).read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)  # raises at the first error
    import axe_core_python

    axe = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    script = (
        axe.replace("</script", "<\\/script")
        + "; axe.run().then(r => { document.title = 'axe: ' + r.violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => v.id + ' ' + v.nodes.map(n => n.target).join(',')).join('; '); })"
    )
    assert measured(tmp_path, report / name, script) == "axe: "


def test_every_link_leads_somewhere(report: Path) -> None:
    pages = sorted(report.rglob("*.html"))
    assert len(pages) > MANY
    for page in pages:
        for address in re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8")):
            if address.startswith(("https://", "../../results/runs/")):  # no run is stored here
                continue
            path, _, anchor = address.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {address}"
            if anchor and target.suffix == ".html":
                assert f'id="{anchor}"' in target.read_text(encoding="utf-8"), f"{page.name}: {address}"
