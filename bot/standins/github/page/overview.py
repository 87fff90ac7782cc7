"""The pages that lead to threads: all repositories, one repository with its threads and files, and the deliveries."""

from __future__ import annotations

import json

from starlette.responses import HTMLResponse

from bot.standins.github.git import BareRepository
from bot.standins.github.page import markdown
from bot.standins.github.page.code import diff_view, file_view
from bot.standins.github.page.layout import labels, moment, page, state
from bot.standins.github.page.markup import Html, h, join
from bot.standins.github.site import Site
from bot.standins.github.webhooks import Delivery
from bot.standins.github.world import Repository, Thread

MOST_FILES = 300
MOST_DELIVERIES = 200


def home_page(site: Site) -> HTMLResponse:
    rows = [_repository_row(one) for one in site.world.repositories.values()]
    hook = h("p", h("a", "Webhook deliveries", href="/deliveries"), f" of the App {site.app.slug}")
    return page("Repositories", h("h1", "Repositories"), h("div", rows, class_="list"), hook, crumbs=[])


def _repository_row(one: Repository) -> Html:
    kind = h("span", "private" if one.private else "public", class_="badge")
    count = f"{len(one.threads)} issues and pull requests"
    return h("div", h("a", one.full_name, href=f"/{one.full_name}"), kind, h("span", count, class_="when"))


async def repository_page(site: Site, one: Repository) -> HTMLResponse:
    git = site.git(one)
    files = await git.tree(f"refs/heads/{one.default_branch}")
    readme = await git.file(one.default_branch, "README.md")
    address = f"/{one.full_name}"
    rows = [_thread_row(address, thread) for thread in reversed(one.threads.values())]
    links = [_file_row(address, one.default_branch, path) for path in files[:MOST_FILES]]
    return page(
        one.full_name,
        h("h1", one.full_name),
        h("h2", "Issues and pull requests"),
        h("div", rows or h("div", "None yet.", class_="quiet"), class_="list"),
        h("h2", "Files on ", one.default_branch),
        h("div", links, class_="list"),
        _readme(readme, address),
        await _branches(git),
        crumbs=[(one.full_name, address)],
    )


def _thread_row(address: str, thread: Thread) -> Html:
    kind = "pull" if thread.pull else "issues"
    link = h("a", thread.title, href=f"{address}/{kind}/{thread.number}")
    by = h("span", f"#{thread.number} by {thread.author.login}", class_="quiet")
    return h("div", state(thread), link, labels(thread.labels), by, moment(thread.updated_at))


def _file_row(address: str, branch: str, path: str) -> Html:
    return h("div", h("a", path, href=f"{address}/blob/{branch}/{path}", class_="mono"))


def _readme(data: bytes | None, address: str) -> Html | None:
    if data is None:
        return None
    words = markdown.render(data.decode(errors="replace"), repository=address)
    return join([h("h2", "README.md"), h("div", h("div", words, class_="body"), class_="said")])


async def _branches(git: BareRepository) -> Html:
    rows = [
        h("div", h("span", ref.removeprefix("refs/heads/"), class_="mono"), h("code", sha[:10], class_="when"))
        for ref, sha in (await git.refs()).items()
    ]
    return join([h("h2", "Branches"), h("div", rows, class_="list")])


async def file_page(site: Site, one: Repository, ref: str, *, path: str) -> HTMLResponse | None:
    sha = await site.git(one).resolve(ref)
    data = await site.git(one).file(sha, path) if sha else None
    if data is None:
        return None
    crumbs = [(one.full_name, f"/{one.full_name}"), (path, f"/{one.full_name}/blob/{ref}/{path}")]
    return page(path, file_view(path, data), crumbs=crumbs)


async def commit_page(site: Site, one: Repository, revision: str) -> HTMLResponse | None:
    git = site.git(one)
    sha = await git.resolve(revision)
    if sha is None:
        return None
    facts = await git.commit_facts(sha)
    diff = await git.diff(f"{facts.parents[0]}..{sha}") if facts.parents else ""
    title, _, rest = facts.message.partition("\n")
    by = h("p", h("b", facts.author.name), " ", h("code", sha), class_="meta")
    crumbs = [(one.full_name, f"/{one.full_name}"), (sha[:10], f"/{one.full_name}/commit/{sha}")]
    return page(
        title, h("h1", title), by, h("pre", rest.strip()) if rest.strip() else None, diff_view(diff), crumbs=crumbs
    )


def deliveries_page(site: Site) -> HTMLResponse:
    rows = [_delivery_row(one) for one in list(site.log.newest_first)[:MOST_DELIVERIES]]
    nothing = h("div", "None yet.", class_="quiet")
    listed = h("div", rows or nothing, class_="list")
    return page("Deliveries", h("h1", "Webhook deliveries"), listed, crumbs=[("Deliveries", "/deliveries")])


def _delivery_row(one: Delivery) -> Html:
    name = f"{one.event}.{one.action}" if one.action else one.event
    answer = h("span", f"{one.status_code or ''} {one.status}", class_="good" if one.succeeded else "poor")
    again = h("span", "redelivery", class_="badge") if one.redelivery else None
    link = h("a", name, href=f"/deliveries/{one.id}")
    return h("div", link, again, answer, h("code", one.guid, class_="quiet"), moment(one.delivered_at))


def delivery_page(one: Delivery) -> HTMLResponse:
    headers = "\n".join(f"{name}: {value}" for name, value in one.request_headers.items())
    answered = f"{one.status_code} {one.status}\n{one.response_body[:2000]}"
    sections = [("Headers", headers), ("Body", json.dumps(one.payload, indent=2)), ("Answer", answered)]
    parts = [h("section", h("header", h("b", name)), h("pre", text), class_="file") for name, text in sections]
    crumbs = [("Deliveries", "/deliveries"), (str(one.id), f"/deliveries/{one.id}")]
    return page(f"Delivery {one.id}", h("h1", one.event), *parts, crumbs=crumbs)
