"""Cases of npm releases that ship their sources and say in a change log what one of them mends. Called by building.py.

The text is the log's only entry of a release; the tree is the release before; the functions are those between the two.
"""

import difflib
import re
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.context.others.gold import language_of
from tests.bench.context.others.patches import LEAST_WORDS, Patch, patch_of

_SECTION = re.compile(r"^##? .*?\bv?(\d+\.\d+\.\d+)\b(?![-.])[^\n]*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_CREDIT = re.compile(
    r"^(?:#\d+\s*)?(?:`?[0-9a-f]{7,40}`?\s*)?(?:[!:]\s*)?(?:Thanks (?:@[\w-]+,? ?(?:and )?)+!?\s*-?\s*)?|\(?(?:\(#\d+\)|#\d{2,}|by @[\w-]+|Contributed by.*)\)?\.?",
    re.IGNORECASE,
)


def cases(folder: Path, package: str, releases: tuple[str, str], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The case of a release; `names` has the release before. Nothing where its log has several entries.

    `releases`: the one, and a later one whose log tells of it.
    """
    version, later = releases
    for before in names:
        old, new, log = (_unpacked(folder, package, each) for each in (before, version, later or version))
        if old is None or new is None or log is None or (said := only_entry(_log(log), version)) is None:
            continue
        title, _, body = said.partition("\n")
        changes = _differences(old, new, (before, version))
        patch = Patch(title, body.strip(), changes.changes, changes.old)
        from tests.bench.context.others.building import case_of

        if patch.words >= LEAST_WORDS and (case := case_of(old, patch)):
            yield {"id": f"{package}-{version}", "repo": package, "sdist_file": old.name, **case}


def _unpacked(folder: Path, package: str, version: str) -> Path | None:
    place = folder / "trees" / f"{package.replace('/', '+')}-{version}"
    if not place.exists():
        fetched = folder / "fetched"
        fetched.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"],
            cwd=fetched,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not done.stdout.strip():
            return None
        with tarfile.open(fetched / done.stdout.split()[-1]) as archive:
            for member in archive:
                member.name = member.name.partition("/")[2]
                if member.isfile() and member.name and _is_kept(member.name):
                    archive.extract(member, place, filter="data")
    return place


def _is_kept(path: str) -> bool:
    """Sources and what stands beside them in a repository: not what was built from them."""
    return not re.search(
        r"^(?:dist|lib/(?!.*\.ts$)|_esm|_cjs|_types|es|esm|cjs|node_modules)/|\.map$|\.d\.ts$", path
    ) or _is_library(path)


def _is_library(path: str) -> bool:
    return path.startswith("lib/") and path.endswith(".js")


def _log(tree: Path) -> str:
    found = [file for file in tree.iterdir() if file.name.lower().startswith("changelog")]
    return found[0].read_text("utf-8", "replace") if found else ""


def only_entry(log: str, version: str) -> str | None:
    """What the log says of a version, if it is one thing: without links, hashes and thanks."""
    marks = list(_SECTION.finditer(log))
    for place, mark in enumerate(marks):
        if mark[1] == version:
            end = marks[place + 1].start() if place + 1 < len(marks) else len(log)
            entries = re.split(r"^[-*] ", log[mark.end() : end], flags=re.MULTILINE)[1:]
            told = [_plain(entry) for entry in entries if not re.match(r"\s*(?:Updated dependencies|Bump)", entry)]
            return told[0] if len(told) == 1 else None
    return None


def _plain(entry: str) -> str:
    text = _LINK.sub(r"\1", re.sub(r"^#+.*$", "", entry, flags=re.MULTILINE))
    return "\n".join(_CREDIT.sub("", line.strip(), count=3) for line in text.strip().splitlines()).strip()


def _differences(old: Path, new: Path, versions: tuple[str, str]) -> Patch:
    """The source files of both that differ in more than their version, as a patch has them."""
    lines: list[str] = []
    for file in sorted(old.rglob("*")):
        path = str(file.relative_to(old))
        if (
            not file.is_file()
            or not language_of(path)
            or not (new / path).is_file()
            or re.search(r"version|package", file.name)
        ):
            continue
        one, other = (each.read_text("utf-8", "replace").splitlines() for each in (file, new / path))
        other = [line.replace(versions[1], versions[0]) for line in other]
        if one != other:
            lines += difflib.unified_diff(one, other, f"a/{path}", f"b/{path}", lineterm="")
    return patch_of("\n".join(lines))
