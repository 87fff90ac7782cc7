"""Hands the work back: the result document and one bundle a repository, as a checkpoint or for good.

Called by `session.py`. Everything in the document is redacted and bounded here, and believed by nobody: the bot checks.
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from crds.redaction import redact
from crds.result import Result
from crds.work_order import WorkOrder
from runner import wording
from runner.bot_api import BotApi
from runner.bundles import Keeper, Kept
from runner.context.sanitise import one_line
from runner.endings import NotTaken
from runner.git import Git, GitFailed


@dataclass(frozen=True)
class Gathered:
    """The work of all repositories, and in words what of it could not be kept."""

    work: tuple[Kept, ...] = ()
    trouble: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """What tells this work from an earlier checkpoint's."""
        return tuple(kept.head for kept in self.work)


@dataclass(frozen=True)
class Reporter:
    """Gathers and sends the results of one session."""

    api: BotApi
    order: WorkOrder
    workspace: Path
    tmp: Path
    git: Git

    async def gather(self, *, mend: bool) -> Gathered:
        """The work of the writable repositories, without bundles yet; `mend` as in `Keeper.keep`."""
        if not self.order.task.writes:
            return Gathered()
        work, trouble = [], []
        for keeper in self._keepers():
            try:
                work.append(await keeper.keep(mend=mend))
            except (GitFailed, OSError) as failure:
                trouble.append(wording.not_kept(keeper.repository.name, redact(str(failure))))
        return Gathered(tuple(work), tuple(trouble))

    async def send(self, result: Result, gathered: Gathered, *, final: bool, seconds: float = 120.0) -> Result:
        """Sends the document with the work; what is sent is returned. A refusal is sent once more without the work.

        Raises PrerequisiteFailed when the bot is not to be reached.
        """
        folder = Path(mkdtemp(prefix="bundles-", dir=self.tmp))
        try:
            bundled = await self._bundled(gathered, folder)
            full = _with_work(result, bundled)
            paths = {kept.repository.name: kept.bundle for kept in bundled.work if kept.bundle}
            try:
                await self.api.put_result(full, paths, final=final, seconds=seconds)
                return full
            except NotTaken as refusal:
                bare = _with_error(result, (wording.not_taken(redact(str(refusal))),))
                await self.api.put_result(bare, {}, final=final, seconds=seconds)
                return bare
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _bundled(self, gathered: Gathered, folder: Path) -> Gathered:
        """The work with its bundles, as far as they may be handed back."""
        keepers = {keeper.repository.name: keeper for keeper in self._keepers()}
        work, trouble = [], list(gathered.trouble)
        for kept in gathered.work:
            name = kept.repository.name
            try:
                with_bundle = await keepers[name].bundled(kept, folder)
            except (GitFailed, OSError) as failure:
                trouble.append(wording.not_kept(name, redact(str(failure))))
                continue
            size = with_bundle.bundle.stat().st_size if with_bundle.bundle else 0
            if size > self.order.limits.bundle_bytes:
                trouble.append(wording.too_large(name, size, self.order.limits.bundle_bytes))
                with_bundle = kept
            work.append(with_bundle)
        return Gathered(tuple(work), tuple(trouble))

    def _keepers(self) -> list[Keeper]:
        message = commit_message(self.order)
        return [
            Keeper(one, self.workspace / one.name, self.tmp, self.git, message)
            for one in self.order.repositories
            if one.writable
        ]


def _with_work(result: Result, gathered: Gathered) -> Result:
    described = tuple(kept.described() for kept in gathered.work if kept.commits)
    return _with_error(result.model_copy(update={"work": described}), gathered.trouble)


def _with_error(result: Result, trouble: Sequence[str]) -> Result:
    """The result with the trouble told after what is told already; a done run with trouble is not done."""
    if not trouble:
        return result
    error = " ".join(filter(None, [result.error, *trouble]))[:4000]
    return result.model_copy(update={"error": error, "exit_code": result.exit_code or 1})


def commit_message(order: WorkOrder) -> str:
    """Subject from the title or the request; the request; who asked."""
    request = one_line(order.request, 2000)
    subject = one_line(order.title, 72) or one_line(request, 72) or f"{order.task.value} by vTeam bot"
    paragraphs = [subject, *([request] if request and request != subject else []), f"Session: {order.session}"]
    author = one_line(order.co_author, 200)
    if re.fullmatch(r"[^<>]+ <[^<>\s]+@[^<>\s]+>", author):
        paragraphs[-1] += f"\nCo-authored-by: {author}"
    return redact("\n\n".join(paragraphs))
