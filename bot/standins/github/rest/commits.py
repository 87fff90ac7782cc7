"""What is in git, over REST: branches, references and commits, read from the bare repository."""

from __future__ import annotations

from bot.standins.github.git import EMPTY_TREE, BareRepository
from bot.standins.github.rest.call import Answer, Call, Endpoint, paged
from bot.standins.github.schema import commits
from bot.standins.github.strict import Page, Refusal, Strict, not_found
from bot.standins.github.world import Repository


class CommitQuery(Strict):
    page: int = 1
    per_page: int = 30


def _opened(call: Call, level: str = "read") -> tuple[Repository, BareRepository]:
    repository = call.repository("contents", level)
    return repository, call.site.git(repository)


async def get_branch(call: Call) -> Answer:
    repository, git = _opened(call)
    name = call.path["branch"]
    sha = await git.branch(name)
    if sha is None:
        raise Refusal(404, "Branch not found")
    tip = commits.commit(call.site, repository, await git.commit_facts(sha))
    return Answer(commits.branch(call.site, repository, name, tip=tip))


async def get_ref(call: Call) -> Answer:
    repository, git = _opened(call)
    name = f"refs/{call.path['ref']}"
    sha = (await git.refs(name)).get(name)
    if sha is None:
        raise not_found()
    return Answer(commits.reference(call.site, repository, name, sha=sha))


async def matching_refs(call: Call) -> Answer:
    repository, git = _opened(call)
    prefix = f"refs/{call.path['ref']}"
    found = {name: sha for name, sha in (await git.refs("refs")).items() if name.startswith(prefix)}
    return paged(call, [commits.reference(call.site, repository, name, sha=sha) for name, sha in found.items()])


async def get_commit(call: Call) -> Answer:
    repository, git = _opened(call)
    sha = await git.resolve(call.path["ref"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {call.path['ref']}")
    facts = await git.commit_facts(sha)
    span = f"{facts.parents[0] if facts.parents else EMPTY_TREE}..{sha}"
    changes, patches = await git.changes(span), await git.patches(span)
    return Answer(commits.full_commit(call.site, repository, facts, changes=changes, patches=patches))


REPOSITORY = "/repos/{owner}/{repo}"
ENDPOINTS = [
    Endpoint(method="GET", path=f"{REPOSITORY}/branches/{{branch:path}}", handler=get_branch),
    Endpoint(method="GET", path=f"{REPOSITORY}/git/ref/{{ref:path}}", handler=get_ref),
    Endpoint(method="GET", path=f"{REPOSITORY}/git/matching-refs/{{ref:path}}", handler=matching_refs, query=Page),
    Endpoint(method="GET", path=f"{REPOSITORY}/commits/{{ref:path}}", handler=get_commit, query=CommitQuery),
]
