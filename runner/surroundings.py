"""What the pod gives to the runner: addresses, files and folders, read from the environment once, at the start.

Called by `__main__` and by `vteam context`. Nothing else in the runner reads the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner.endings import PrerequisiteFailed

NEEDED = {
    "VTEAM_API_URL": "address of this session in the runner API",
    "VTEAM_MODEL_URL": "base address of the model gateway for this session",
    "VTEAM_TOKEN_FILE": "file with the projected ServiceAccount token",
    "VTEAM_WORKSPACE": "empty folder for the repositories",
    "HOME": "folder for the agent's own files",
    "TMPDIR": "folder for temporary files",
}


@dataclass(frozen=True)
class Surroundings:
    api_url: str
    model_url: str
    token_file: Path
    workspace: Path
    home: Path
    tmp: Path
    path: str = "/usr/local/bin:/usr/bin:/bin"
    """Where commands are looked for."""
    model_retries: int | None = None
    """How often the agent repeats a failed model call; its own default where None."""
    network: tuple[tuple[str, str], ...] = ()
    """Variables of a closed network: its certificate authorities and proxies, for git and for the agent."""
    rerank: bool = False
    """Whether the small model is asked for the order of the likeliest files."""


_NETWORK = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


def read(environment: Mapping[str, str]) -> Surroundings:
    """The surroundings, or PrerequisiteFailed with one line that names what is absent or malformed."""
    absent = [f"{name} ({meaning})" for name, meaning in NEEDED.items() if not environment.get(name)]
    if absent:
        raise PrerequisiteFailed(f"the environment lacks {', '.join(absent)}")
    for name in ("VTEAM_API_URL", "VTEAM_MODEL_URL"):
        _check_address(name, environment[name])
    return Surroundings(
        api_url=environment["VTEAM_API_URL"].rstrip("/"),
        model_url=environment["VTEAM_MODEL_URL"].rstrip("/"),
        token_file=Path(environment["VTEAM_TOKEN_FILE"]).absolute(),
        workspace=Path(environment["VTEAM_WORKSPACE"]).absolute(),
        home=Path(environment["HOME"]).absolute(),
        tmp=Path(environment["TMPDIR"]).absolute(),
        path=environment.get("PATH") or "/usr/local/bin:/usr/bin:/bin",
        model_retries=_whole_number("VTEAM_MODEL_RETRIES", environment),
        rerank=environment.get("VTEAM_CONTEXT_RERANK", "") == "1",
        network=tuple((name, environment[name]) for name in _NETWORK if environment.get(name)),
    )


def usual_cache(environment: Mapping[str, str]) -> Path | None:
    """Where `vteam context` keeps what it has parsed: named, or in the user's own folder of caches."""
    if named := _path("VTEAM_CONTEXT_CACHE", environment):
        return named
    folder = _path("XDG_CACHE_HOME", environment)
    home = _path("HOME", environment)
    folder = folder or (home / ".cache" if home else None)
    return folder / "vteam-bot" / "context.db" if folder else None


def _path(name: str, environment: Mapping[str, str]) -> Path | None:
    return Path(environment[name]).absolute() if environment.get(name) else None


def _check_address(name: str, address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PrerequisiteFailed(f"{name} is no http address: {address!r}")


def _whole_number(name: str, environment: Mapping[str, str]) -> int | None:
    text = environment.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise PrerequisiteFailed(f"{name} is no whole number: {text!r}")
    return int(text)
