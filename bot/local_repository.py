"""A person's own repository for `vteam run`: which one is meant, and where on the disk git keeps it.

Called by local_order.py and embedding.py. Pods get to read git's own folders and nothing of the work tree: what nobody
has committed, an ignored file with passwords above all, is not the agent's business.
"""

from collections.abc import Iterator
from pathlib import Path

from git import Repo
from git.exc import GitError, NoSuchPathError

from bot.settings import SettingMissing


def find(path: Path) -> Path:
    """The root of the repository that the path lies in. Raises SettingMissing, in one line."""
    try:
        repository = Repo(path, search_parent_directories=True)
    except NoSuchPathError:
        raise SettingMissing(f"--repo {path}: there is no such folder") from None
    except (GitError, ValueError, OSError):
        raise SettingMissing(f"--repo {path}: not a git repository") from None
    with repository:
        if not repository.head.is_valid():
            raise SettingMissing(f"--repo {path}: the repository has no commit yet")
        return Path(repository.common_dir if repository.bare else repository.working_dir or path).resolve()


def git_folders(root: Path) -> list[Path]:
    """Where git keeps it: a worktree or a submodule has its folder elsewhere, a shared clone its objects."""
    with Repo(root) as repository:
        folders = [root / ".git", Path(repository.git_dir), Path(repository.common_dir)]
        if repository.bare:
            folders.append(root)
        objects = Path(repository.common_dir) / "objects"
    return [path.resolve() for path in folders if path.exists()] + list(_borrowed(objects))


def _borrowed(objects: Path, depth: int = 5) -> Iterator[Path]:
    """The object stores that this one borrows from, as far as git itself follows them."""
    listed = objects / "info" / "alternates"
    if depth == 0 or not listed.is_file():
        return
    for line in listed.read_text("utf-8", "replace").splitlines():
        store = (objects / line).resolve()
        # Only what is an object store: the file is no way to have any other folder read.
        if line and not line.startswith("#") and store.name == "objects" and (store / "pack").is_dir():
            yield store
            yield from _borrowed(store, depth - 1)
