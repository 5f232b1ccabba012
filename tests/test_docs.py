"""The tutorial does what it says: its files and its commands are taken from the page and run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```python title="(\w+\.py)"\n(.*?)```', TUTORIAL, re.DOTALL))
COMMANDS = re.findall(r"```sh\n(.*?)\n```", TUTORIAL, re.DOTALL)


def said(folder: Path, command: str) -> tuple[int, str]:
    """The status of a command of the tutorial, run on the folder's files, and what it prints."""
    for name in FILES:
        command = command.replace(f" {name}", f" {folder / name}")
    results, output = folder / "results", folder / "report"
    words = command.split()
    if words[0] == "pytest":
        words = [
            sys.executable,
            "-m",
            *words,
            "--results",
            str(results),
            "--engine",
            "serial",
            "-p",
            "no:cacheprovider",
        ]
    else:
        words[0] = sys.executable
    if "report" in words:
        words += ["--results", str(results), "--output", str(output), "--latex", str(folder / "latex")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("tutorial")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_the_tutorial_leads_to_a_verdict_a_proof_and_a_page(folder):
    lint, trial, proof, report = COMMANDS
    assert said(folder, lint) == (0, "1 theorem read, nothing to mend\n")
    status, text = said(folder, trial)
    assert status == 0, text
    assert "1 EXACT, 1 HOLDS; 2 of 2 rivals refuted" in text
    status, text = said(folder, proof)
    assert status == 0, text
    assert "for all m, s, t > 0" in text
    status, text = said(folder, report)
    assert status == 0, text
    page = (folder / "report" / "theorems" / "alternating-steps.html").read_text(encoding="utf-8")
    assert "Two steps in turn halve the epochs of gradient descent" in page


def test_the_wrong_step_of_the_tutorial_is_refuted(folder):
    path = folder / "alternating_steps.py"
    path.write_text(
        FILES["alternating_steps.py"].replace("radius / sp.sqrt(2)", "radius / 2"), encoding="utf-8"
    )
    status, text = said(folder, COMMANDS[1] + " --profile quick")
    path.write_text(FILES["alternating_steps.py"], encoding="utf-8")
    assert status == 1
    assert "alternating-steps, rate: REFUTED" in text
    assert "replay: pytest" in text
