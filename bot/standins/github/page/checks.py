"""Check runs: a line each on a pull request's page, and a page of their own with the remarks on lines."""

from __future__ import annotations

from starlette.responses import HTMLResponse

from bot.standins.github.page import markdown
from bot.standins.github.page.layout import moment, page
from bot.standins.github.page.markup import Html, h, join
from bot.standins.github.world import Annotation, CheckRun, Repository

SIGNS = {None: "●", "success": "✔", "neutral": "■", "skipped": "■", "stale": "■"}
GOOD = ("success", "neutral", "skipped")
LEVELS = {"notice": "quiet", "warning": "warn", "failure": "poor"}


def check_list(repository: Repository, sha: str | None) -> Html | None:
    """The runs on a pull request's head."""
    runs = [one for one in repository.check_runs.values() if one.head_sha == sha]
    return join([h("h2", "Checks"), h("div", [_row(repository, one) for one in runs], class_="list")]) if runs else None


def _row(repository: Repository, run: CheckRun) -> Html:
    count = len(run.annotations)
    remarks = h("span", f"{count} remark{'s' * (count > 1)}", class_="badge") if count else None
    name = h("a", run.name, href=f"/{repository.full_name}/runs/{run.id}")
    return h("div", _sign(run), h("b", name), h("span", run.title or run.status, class_="quiet"), remarks)


def _sign(run: CheckRun) -> Html:
    kind = "wait" if run.conclusion is None else "good" if run.conclusion in GOOD else "poor"
    return h("span", SIGNS.get(run.conclusion, "✖"), " ", (run.conclusion or run.status).replace("_", " "), class_=kind)


def check_page(repository: Repository, run: CheckRun) -> HTMLResponse:
    address = f"/{repository.full_name}"
    words = join(_markdown(text, address) for text in (run.summary, run.text) if text)
    parts = [
        h("h1", run.name),
        h("p", _sign(run), h("code", run.head_sha[:10]), moment(run.started_at), class_="meta"),
        h("h2", run.title) if run.title else None,
        h("div", words, class_="said") if words else None,
        _remarks(run, address),
    ]
    crumbs = [(repository.full_name, address), (run.name, f"{address}/runs/{run.id}")]
    return page(run.name, *parts, crumbs=crumbs)


def _markdown(text: str, address: str) -> Html:
    return h("div", markdown.render(text, repository=address), class_="body")


def _remarks(run: CheckRun, address: str) -> Html | None:
    rows = [_remark(one, f"{address}/blob/{run.head_sha}") for one in run.annotations]
    return join([h("h2", "Remarks"), h("div", rows, class_="list")]) if rows else None


def _remark(one: Annotation, blob: str) -> Html:
    lines = f"{one.start_line}" if one.start_line == one.end_line else f"{one.start_line}–{one.end_line}"
    place = h("a", f"{one.path}:{lines}", href=f"{blob}/{one.path}", class_="mono")
    level = h("span", one.annotation_level, class_=LEVELS[one.annotation_level])
    return h("div", place, level, h("b", one.title) if one.title else None, h("span", one.message))
