"""Files and directories of a repository as JSON."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.standins.github.git import TreeEntry
from bot.standins.github.site import Site
from bot.standins.github.world import Repository

Json = dict[str, Any]
LARGEST_INLINE = 1024 * 1024
"""Bytes of a file that the JSON answer still carries."""


@dataclass(frozen=True)
class At:
    """An entry of a tree at a revision, as the caller has named it."""

    entry: TreeEntry
    revision: str


def entry(site: Site, repo: Repository, at: At) -> Json:
    """One line of a directory listing; the file's own answer starts with the same."""
    one, path = at.entry, quote(at.entry.path)
    kind = _kind(one)
    api, html = f"{site.api}/repos/{repo.full_name}", f"{site.url}/{repo.full_name}"
    url = f"{api}/contents/{path}?ref={quote(at.revision)}"
    tree = "blob" if one.kind == "blob" else "tree"
    git_url = None if kind == "submodule" else f"{api}/git/{tree}s/{one.sha}"
    html_url = f"{html}/{tree}/{at.revision}/{path}"
    return {
        "name": one.path.rsplit("/", 1)[-1],
        "path": one.path,
        "sha": one.sha,
        "size": one.size,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": f"{html}/raw/{at.revision}/{path}" if one.kind == "blob" else None,
        # In listings GitHub calls submodules files, for compatibility.
        "type": "file" if kind == "submodule" else kind,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def _kind(one: TreeEntry) -> str:
    return {"120000": "symlink", "040000": "dir", "160000": "submodule"}.get(one.mode, "file")


def file(site: Site, repo: Repository, at: At, *, data: bytes) -> Json:
    """A file with its content; beyond 1 MiB the content stays away, as on GitHub."""
    found = entry(site, repo, at)
    if found["type"] == "symlink":
        return {**found, "target": data.decode(errors="replace")}
    if len(data) > LARGEST_INLINE:
        return {**found, "content": "", "encoding": "none"}
    return {**found, "content": base64.encodebytes(data).decode(), "encoding": "base64"}
