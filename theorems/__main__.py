"""``python -m theorems`` lists the catalogue."""

import sys

from theorems.theorem import TheoremError, catalogue


def main(arguments: list[str]) -> int:
    """Print one line a theorem; arguments are further files or folders."""
    try:
        found = catalogue(arguments)
    except TheoremError as error:
        print(error, file=sys.stderr)
        return 2
    width = max(map(len, found))
    for name, (theorem, _) in sorted(found.items()):
        count = f"{len(theorem.predictions)} predictions, {len(theorem.rivals)} rivals"
        print(f"{name:<{width}}  {theorem.title}  ({count})")
    print(f"{len(found)} theorems")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
