"""Builds cases of other repositories and languages: (text, tree, changed functions) of patches that distributions carry.

Called by __main__.py. Sources come through the package managers' own commands; of their texts and code nothing is kept in
this repository but names, versions and patch names (chosen.tsv).
"""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.context.others import releases
from tests.bench.context.others.gold import around, language_of
from tests.bench.context.others.patches import Patch, patch_of

CHOSEN = Path(__file__).with_name("chosen.tsv")
MOST_FILES = 3
MOST_PLACES = 8
MOST_BYTES = 512 * 1024
"""Of a changed file: a larger one is no source that anybody reads."""


@dataclass(frozen=True)
class Pick:
    package: str
    version: str
    patch: str
    """Of a Debian package the patch's name in its series; of a release the version before."""
    origin: str = ""
    """Where the upstream sources are published, too: `pip:name==version`, `npm:name@version`. Of a release, a later one
    whose change log tells of it."""


def chosen() -> list[Pick]:
    """What the list names."""
    rows = (line.split("\t") for line in CHOSEN.read_text("utf-8").splitlines() if line and line[0] != "#")
    return [Pick(*row) for row in rows]


def build(folder: Path, only: str = "") -> None:
    """Fetches what is not there yet, and writes `cases.jsonl` and `trees/` into the folder."""
    picks: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for pick in chosen():
        if only in pick.package:
            picks[pick.package, pick.version, pick.origin].append(pick.patch)
    (folder / "trees").mkdir(parents=True, exist_ok=True)
    with (folder / "cases.jsonl").open("w", encoding="utf-8") as out:
        for (package, version, origin), names in picks.items():
            found = list(_built(folder, (package, version, origin), names))
            print(f"{package} {version}: {len(found)} of {len(names)}", file=sys.stderr, flush=True)
            out.writelines(json.dumps(case) + "\n" for case in found)


def _built(folder: Path, package: tuple[str, str, str], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The cases of one package; those whose patch or an earlier one does not apply as it stands are left out."""
    label = f"{package[0].replace('/', '+')}-{package[1].replace(':', '+')}"
    kept = folder / "kept" / f"{label}.jsonl"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        if package[0].startswith("npm:"):
            found = list(releases.cases(folder, package[0].removeprefix("npm:"), package[1:], names))
        else:
            found = list(_of_package(folder, label, package, names))
        kept.write_text("".join(json.dumps(case) + "\n" for case in found), "utf-8")
    yield from map(json.loads, kept.read_text("utf-8").splitlines())


def _of_package(
    folder: Path, label: str, package: tuple[str, str, str], names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    work = folder / "work" / label
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    if _unpacked(folder / "fetched", package, work):
        yield from _series(folder, work, label, names)
    shutil.rmtree(work)


def _unpacked(fetched: Path, package: tuple[str, str, str], work: Path) -> bool:
    """Whether the upstream sources are in `work/tree` and the distribution's patches in `work/debian`."""
    fetched.mkdir(exist_ok=True)
    name, version, origin = package
    asked = ["apt-get", "source", "-qq", "--download-only", "--only-source", f"{name}={version}"]
    stem = f"{name}_{version.rpartition(':')[2]}"
    if not origin and not _run([*asked], fetched):
        return False
    if origin:
        _run([*asked, "--diff-only"], fetched)
        patches = next(fetched.glob(f"{stem}.debian.tar.*"), None)
        return (
            patches is not None
            and _run(["tar", "xf", str(patches), "-C", str(work)], work)
            and _published(origin, work)
        )
    if not _run(
        ["dpkg-source", "--no-check", "--skip-patches", "-x", str(fetched / f"{stem}.dsc"), str(work / "tree")], fetched
    ):
        return False
    shutil.move(work / "tree" / "debian", work / "debian")
    return True


def _published(origin: str, work: Path) -> bool:
    """Fetches the sources from a package index. (pip asks an sdist for its metadata: it must be able to build that.)"""
    kind, _, what = origin.partition(":")
    place = work / "published"
    place.mkdir()
    fetch = {"pip": [shutil.which("pip") or "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "--ignore-requires-python", what],
             "npm": ["npm", "pack", "--silent", what]}  # fmt: skip
    if not _run(fetch[kind], place):
        return False
    (work / "tree").mkdir()
    return _run(["tar", "xf", str(next(place.iterdir())), "-C", str(work / "tree"), "--strip-components=1"], work)


def _run(command: Sequence[str], where: Path) -> bool:
    return (
        subprocess.run(command, cwd=where, check=False, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    )


def _series(folder: Path, work: Path, label: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    patches, tree = work / "debian" / "patches", work / "tree"
    for line in (patches / "series").read_text("utf-8").splitlines():
        name, _, options = line.partition("#")[0].strip().partition(" ")
        if not name:
            continue
        if options.strip() not in ("", "-p1"):
            return
        text = (patches / name).read_text("utf-8", "replace")
        if name in names and (case := case_of(tree, patch_of(text))):
            place = f"{label}-{name.replace('/', '+')}"
            shutil.rmtree(folder / "trees" / place, ignore_errors=True)
            # Links cost nothing: `patch` writes a file anew and leaves the other name's content alone.
            shutil.copytree(tree, folder / "trees" / place, copy_function=os.link, symlinks=True)
            yield {"id": f"{label}/{name}", "repo": label.rpartition("-")[0], "sdist_file": place, **case}
        applied = ["patch", "-p1", "-s", "-f", "-N", "--no-backup-if-mismatch", "-i", str(patches / name)]
        if subprocess.run(applied, cwd=tree, stdout=subprocess.DEVNULL, check=False).returncode:
            return


def case_of(tree: Path, patch: Patch) -> dict[str, Any] | None:
    """A case of a patch before it is applied, or None where it is none: no source, too much of it, or another tree."""
    counted = [path for path in patch.changes if language_of(path)]
    gold: dict[str, list[tuple[int, int, str]]] = {}
    for path in counted:
        file = tree / path
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return None
        text = file.read_text("utf-8", "replace")
        lines = text.split("\n")
        if any(
            place > len(lines) or lines[place - 1].rstrip() != line.rstrip()
            for place, line in patch.old[path].items()
            if place
        ):
            return None
        gold[path] = around(path, text, patch.changes[path])
    places = sum(map(len, gold.values()))
    if not 0 < len(gold) <= MOST_FILES or not 0 < places <= MOST_PLACES:
        return None
    language = max(counted, key=lambda path: len(gold[path]))
    return {"language": language_of(language), "title": patch.title, "body": patch.body,
            "gold_files": list(gold), "gold_funcs_sdist": gold}  # fmt: skip
