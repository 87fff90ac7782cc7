"""Cases of other repositories and languages: `python -m tests.bench.context.others build FOLDER`, then `score FOLDER`."""

import argparse
from pathlib import Path

from tests.bench.context.others.building import build
from tests.bench.context.others.scoring import score


def main() -> None:
    """Builds or scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["build", "score"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="packages or cases whose name holds this")
    chosen = parser.parse_args()
    {"build": build, "score": score}[chosen.what](chosen.folder, chosen.only)


if __name__ == "__main__":
    main()
