"""The one GitHub: its address, its App, its records, its repositories on disk, its tokens and its delivery log.

Every room is handed this. It is built once by `standin.GitHubStandIn`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.standins.github.app import AppRegistration
from bot.standins.github.git import BareRepository
from bot.standins.github.strict import Violation
from bot.standins.github.tokens import Tokens
from bot.standins.github.uploads import Uploads
from bot.standins.github.webhooks import DeliveryLog
from bot.standins.github.world import Clock, Repository, World


class Site:
    def __init__(self, root: Path, app: AppRegistration, clock: Clock) -> None:
        self.root = root
        self.app = app
        self.world = World(clock)
        self.url = "http://github.test"
        self.tokens = Tokens(app, self.world)
        self.log = DeliveryLog(app, self.world)
        self.uploads = Uploads(self.world)
        self.violations: list[Violation] = []
        self.registered_at = self.world.now()
        self._repositories: dict[int, BareRepository] = {}

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    def git(self, repository: Repository) -> BareRepository:
        return self._repositories[repository.id]

    async def create_git(self, repository: Repository) -> BareRepository:
        path = self.root / f"{repository.full_name}.git"
        # The folder of a repository that was renamed stays where it is, and its name may be taken again.
        git = BareRepository(path.with_suffix(f".{repository.id}.git") if path.exists() else path)
        await git.create(repository.default_branch)
        self._repositories[repository.id] = git
        return git


def timestamp(moment: datetime) -> str:
    """GitHub's way to write a moment: whole seconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
