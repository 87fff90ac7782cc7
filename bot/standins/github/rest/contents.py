"""Files, directories and comparisons over REST, read from the bare repository."""

from __future__ import annotations

from pydantic import Field

from bot.standins.github.git import BareRepository, TreeEntry
from bot.standins.github.rest.call import Answer, Call, Endpoint, page_links
from bot.standins.github.schema import commits, contents
from bot.standins.github.strict import Page, Refusal, Strict, not_found
from bot.standins.github.world import Repository

MOST_FILES = 300
MOST_ENTRIES = 1000


class ContentQuery(Strict):
    ref: str | None = None


class CompareQuery(Page):
    per_page: int = Field(default=250, ge=1, le=250)


async def get_content(call: Call) -> Answer:
    """A file with its content, or the list of what lies in a directory."""
    repository = call.repository("contents")
    git, path = call.site.git(repository), call.path.get("path", "").strip("/")
    revision = call.query.ref or repository.default_branch
    sha = await git.resolve(revision)
    if sha is None:
        raise Refusal(404, f"No commit found for the ref {revision}")
    listed = await git.entries(sha, path)
    if listed is not None:
        shown = [contents.entry(call.site, repository, contents.At(one, revision)) for one in listed[:MOST_ENTRIES]]
        return Answer(shown)
    found = await _entry(git, sha, path)
    data = await git.file(sha, path)
    if found is None or data is None:
        raise not_found()
    return Answer(contents.file(call.site, repository, contents.At(found, revision), data=data))


async def _entry(git: BareRepository, sha: str, path: str) -> TreeEntry | None:
    folder = path.rpartition("/")[0]
    return next((one for one in await git.entries(sha, folder) or () if one.path == path), None)


async def compare(call: Call) -> Answer:
    """`base...head`: the commits of the head since the two parted, in pages, and on the first page the files."""
    repository = call.repository("contents")
    git = call.site.git(repository)
    names = call.path["basehead"].split("...")
    if len(names) != 2:
        raise not_found("a comparison is base...head")
    base, head = [await _resolved(call, repository, name) for name in names]
    parted = await git.merge_base(base, head)
    if parted is None:
        raise Refusal(404, f"No common ancestor between {names[0]} and {names[1]}.")
    return await _compared(call, repository, (base, head, parted))


async def _resolved(call: Call, repository: Repository, name: str) -> str:
    """`owner:branch` names a branch of that owner's fork; its commits are brought here to compare them."""
    git = call.site.git(repository)
    owner, separator, branch = name.partition(":")
    if not separator or owner.lower() == repository.owner.login.lower():
        sha = await git.resolve(branch if separator else name)
    else:
        fork = call.site.world.fork_by(owner, repository)
        sha = await call.site.git(fork).branch(branch) if fork else None
        if fork and sha:
            await git.fetch(call.site.git(fork), sha)
    if sha is None:
        raise not_found()
    return sha


async def _compared(call: Call, repository: Repository, points: tuple[str, str, str]) -> Answer:
    base, head, parted = points
    git, site, query = call.site.git(repository), call.site, call.query
    ahead = await git.commits(f"{base}..{head}", limit=10_000)
    behind = await git.commits(f"{head}..{base}", limit=10_000)
    start = (query.page - 1) * query.per_page
    shown = [await git.commit_facts(sha) for sha in ahead[start : start + query.per_page]]
    span = f"{parted}..{head}"
    changes = (await git.changes(span))[:MOST_FILES] if query.page == 1 else []
    patches = await git.patches(span) if changes else {}
    html = f"{site.url}/{repository.full_name}/compare/{base}...{head}"
    document = {
        "url": call.url,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": commits.commit(site, repository, await git.commit_facts(base)),
        "merge_base_commit": commits.commit(site, repository, await git.commit_facts(parted)),
        "status": _status(len(ahead), len(behind)),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [commits.commit(site, repository, facts) for facts in shown],
        "files": [
            commits.file_change(site, repository, head, change=one, patch=patches.get(one.path)) for one in changes
        ],
    }
    return Answer(document, headers=page_links(call, len(ahead)))


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


REPOSITORY = "/repos/{owner}/{repo}"
ENDPOINTS = [
    Endpoint(method="GET", path=f"{REPOSITORY}/contents", handler=get_content, query=ContentQuery),
    Endpoint(method="GET", path=f"{REPOSITORY}/contents/{{path:path}}", handler=get_content, query=ContentQuery),
    Endpoint(method="GET", path=f"{REPOSITORY}/compare/{{basehead:path}}", handler=compare, query=CompareQuery),
]
