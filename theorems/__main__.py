"""``python -m theorems``: list the catalogue, begin a theorem of one's own, or read one before it runs."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from theorems.theorem import HERE, TheoremError, catalogue, loaded


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m theorems", description="List the catalogue, or begin and read theorems of your own."
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    listed = verbs.add_parser("list", help="one line a theorem (what happens without a verb)")
    listed.add_argument("paths", nargs="*", metavar="PATH", help="further files or folders with theorems")
    new = verbs.add_parser("new", help="write a file with a theorem to change")
    new.add_argument("name", metavar="NAME", help="words in lower case with hyphens, as nesterov-restarted")
    new.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="where (default here)")
    lint = verbs.add_parser("lint", help="check words, source, rivals and dimensions; nothing is run")
    lint.add_argument("paths", nargs="+", metavar="PATH", help="files or folders with theorems")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """The status is 1 where a theorem has something wrong, 2 where a file cannot be read or written."""
    chosen = options(arguments or ["list"])
    try:
        if chosen.verb == "new":
            return new(chosen.name, chosen.folder)
        if chosen.verb == "lint":
            return lint(chosen.paths)
        return listing(chosen.paths)
    except TheoremError as error:
        print(error, file=sys.stderr)
        return 2


def listing(paths: list[str]) -> int:
    """Print one line a theorem."""
    found = catalogue(paths)
    width = max(map(len, found))
    for name, (theorem, _) in sorted(found.items()):
        count = f"{len(theorem.predictions)} predictions, {len(theorem.rivals)} rivals"
        print(f"{name:<{width}}  {theorem.title}  ({count})")
    print(f"{len(found)} theorems")
    return 0


def new(name: str, folder: Path) -> int:
    """Write the template under a name; an existing file is left alone.

    Raises:
        TheoremError: a name that is no name, a theorem of that name, or a file that is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise TheoremError(f"{name!r} is no name: take words in lower case with hyphens between them")
    if name in catalogue():
        raise TheoremError(f"there is a theorem {name!r} in the catalogue; choose another name")
    path = folder / f"{name.replace('-', '_')}.py"
    text = (HERE / "template.py").read_text(encoding="utf-8")
    text = text.replace("my-theorem", name).replace("my_theorem.py", str(path))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise TheoremError(f"{path} is there already and was left as it is; choose another name") from None
    except OSError as error:
        raise TheoremError(f"{path} cannot be written ({error.strerror})") from None
    print(f"{path} is a theorem to change. Then:")
    print(f"  python -m theorems lint {path}")
    print(f"  pytest checks/ --theorems {path} -k {name}")
    return 0


def lint(paths: list[str]) -> int:
    """Print what is wrong, a line each."""
    from theorems.lint import complaints

    count = 0
    theorems = loaded(paths)
    known = catalogue()
    for theorem, file in theorems:
        found = complaints(theorem)
        if theorem.name in known and known[theorem.name][1] != file:
            found.insert(0, f"there is a theorem {theorem.name!r} in the catalogue; choose another name")
        for text in found:
            print(f"{file}: {theorem.name}: {text}")
        count += len(found)
    print(f"{len(theorems)} theorem{'s' * (len(theorems) != 1)} read, {count or 'nothing'} to mend")
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
