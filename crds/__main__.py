"""`python -m crds` writes the CRD YAML beside the models and into the chart; `--check` fails where a file is not what
the models say."""

import sys
from pathlib import Path
from typing import Any

import yaml

from crds.manifest import definitions

HERE = Path(__file__).parent
CHART = HERE.parent / "charts" / "vteam-bot" / "files" / "crds"


class _Plain(yaml.SafeDumper):
    """Writes everything out: a list that two fields share must not become an anchor and an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


HEADER = "# Generated from the pydantic models by `python -m crds`; do not edit.\n"


def rendered() -> dict[Path, str]:
    """The text of each CRD file."""
    folders = [HERE, CHART] if CHART.is_dir() else [HERE]  # Helm reads nothing outside of a chart; a wheel has none
    return {
        folder / name: HEADER + yaml.dump(document, Dumper=_Plain, sort_keys=False, width=120)
        for folder in folders
        for name, document in definitions().items()
    }


def stale() -> list[Path]:
    """Files that are absent or differ from what the models say."""
    return [path for path, text in rendered().items() if not path.exists() or path.read_text("utf-8") != text]


def main(arguments: list[str]) -> int:
    """Writes, or with --check compares; returns the exit status."""
    if "--check" in arguments:
        for path in stale():
            sys.stderr.write(f"{path.relative_to(HERE.parent)} is not what the models say: run python -m crds\n")
        return 1 if stale() else 0
    for path, text in rendered().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
