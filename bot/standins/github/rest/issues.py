"""Issues and their comments, labels and reactions. Pull requests answer here too, as on GitHub."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from bot.standins.github import acts, pull_acts
from bot.standins.github.rest.call import Answer, Call, Endpoint, paged
from bot.standins.github.schema import issues
from bot.standins.github.strict import Page, Refusal, Strict, invalid
from bot.standins.github.world import Reaction, ReactionContent

LONGEST_BODY = 65536


class CommentsQuery(Page):
    since: datetime | None = None


class CommentBody(Strict):
    body: str


class LabelsBody(Strict):
    """GitHub takes `{"labels": […]}` and a bare list."""

    labels: list[str] = Field(min_length=1, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _bare_list(cls, given: Any) -> Any:
        return {"labels": given} if isinstance(given, list) else given


class ReactionBody(Strict):
    content: ReactionContent


async def get_issue(call: Call) -> Answer:
    place = call.thread()
    return Answer(issues.full_issue(call.site, place.repository, place.thread))


async def list_comments(call: Call) -> Answer:
    place, query = call.thread(), call.query
    found = [one for one in place.thread.comments if query.since is None or one.updated_at >= query.since]
    return paged(call, [issues.comment(call.site, place.repository, (place.thread, one)) for one in found])


async def get_comment(call: Call) -> Answer:
    place, comment = call.comment()
    return Answer(issues.comment(call.site, place.repository, (place.thread, comment)))


async def create_comment(call: Call) -> Answer:
    place = call.thread("write")
    comment = acts.add_comment(call.site, place, call.actor, body=checked_body(call.body.body))
    return Answer(issues.comment(call.site, place.repository, (place.thread, comment)), 201)


def checked_body(body: str, resource: str = "IssueComment") -> str:
    if not body.strip() and resource == "IssueComment":
        raise invalid(resource, "unprocessable", field="data", message="Body cannot be blank")
    if len(body) > LONGEST_BODY:
        message = f"body is too long (maximum is {LONGEST_BODY} characters)"
        raise invalid(resource, "custom", field="body", message=message)
    return body


async def update_comment(call: Call) -> Answer:
    place, comment = call.comment("write")
    acts.edit_comment(call.site, place, call.actor, comment=comment, body=checked_body(call.body.body))
    return Answer(issues.comment(call.site, place.repository, (place.thread, comment)))


async def delete_comment(call: Call) -> Answer:
    place, comment = call.comment("write")
    acts.delete_comment(call.site, place, call.actor, comment=comment)
    return Answer(None, 204)


def _labels(call: Call, place: acts.Place) -> list[issues.Json]:
    return [issues.label(call.site, place.repository, one) for one in place.thread.labels]


async def list_labels(call: Call) -> Answer:
    return paged(call, _labels(call, call.thread()))


async def add_labels(call: Call) -> Answer:
    place = call.thread("write")
    await pull_acts.label(call.site, place, call.actor, names=call.body.labels)
    return Answer(_labels(call, place))


async def remove_label(call: Call) -> Answer:
    place = call.thread("write")
    if not await pull_acts.unlabel(call.site, place, call.actor, name=call.path["name"]):
        raise Refusal(404, "Label does not exist")
    return Answer(_labels(call, place))


async def list_thread_reactions(call: Call) -> Answer:
    return paged(call, [issues.reaction(call.site, one) for one in call.thread().thread.reactions])


async def list_comment_reactions(call: Call) -> Answer:
    return paged(call, [issues.reaction(call.site, one) for one in call.comment()[1].reactions])


async def react_to_thread(call: Call) -> Answer:
    return _react(call, call.thread("write").thread.reactions)


async def react_to_comment(call: Call) -> Answer:
    return _react(call, call.comment("write")[1].reactions)


def _react(call: Call, reactions: list[Reaction]) -> Answer:
    made, new = acts.react(call.site, call.actor, reactions, content=call.body.content)
    return Answer(issues.reaction(call.site, made), 201 if new else 200)


THREAD = "/repos/{owner}/{repo}/issues/{number:int}"
COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id:int}"
ENDPOINTS = [
    Endpoint(method="GET", path=THREAD, handler=get_issue),
    Endpoint(method="GET", path=f"{THREAD}/comments", handler=list_comments, query=CommentsQuery),
    Endpoint(method="POST", path=f"{THREAD}/comments", handler=create_comment, body=CommentBody),
    Endpoint(method="GET", path=COMMENT, handler=get_comment),
    Endpoint(method="PATCH", path=COMMENT, handler=update_comment, body=CommentBody),
    Endpoint(method="DELETE", path=COMMENT, handler=delete_comment),
    Endpoint(method="GET", path=f"{THREAD}/labels", handler=list_labels, query=Page),
    Endpoint(method="POST", path=f"{THREAD}/labels", handler=add_labels, body=LabelsBody),
    Endpoint(method="DELETE", path=f"{THREAD}/labels/{{name:path}}", handler=remove_label),
    Endpoint(method="GET", path=f"{THREAD}/reactions", handler=list_thread_reactions, query=Page),
    Endpoint(method="POST", path=f"{THREAD}/reactions", handler=react_to_thread, body=ReactionBody),
    Endpoint(method="GET", path=f"{COMMENT}/reactions", handler=list_comment_reactions, query=Page),
    Endpoint(method="POST", path=f"{COMMENT}/reactions", handler=react_to_comment, body=ReactionBody),
]
