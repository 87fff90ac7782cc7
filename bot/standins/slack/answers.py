"""What an app answers to interactions outside the Web API: response URLs, and bodies of acknowledgements.

`respond` is shared by the URL's endpoint and by slash commands that answer at once.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.standins.slack import acts
from bot.standins.slack.kit.objects import Option, OptionGroup
from bot.standins.slack.sending import Answer
from bot.standins.slack.site import Site
from bot.standins.slack.strict import Refusal, Strict, Violation, read
from bot.standins.slack.tickets import ResponseUrl
from bot.standins.slack.web.chat import LONGEST_POST, Content, content
from bot.standins.slack.world import Ephemeral, Json, Message


class ResponseBody(Content):
    """The body of a response URL's call."""

    response_type: Literal["ephemeral", "in_channel"] = "ephemeral"
    replace_original: bool = False
    delete_original: bool = False
    thread_ts: str | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None


class Suggestions(Strict):
    """The body of a `block_suggestion`'s acknowledgement."""

    options: list[Option] | None = Field(None, max_length=100)
    option_groups: list[OptionGroup] | None = Field(None, max_length=100)


class ResponseDoor:
    """The endpoint of the response URLs."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, request: Request) -> Response:
        try:
            url = self._site.tickets.use(request.path_params["secret"])
            if not request.headers.get("content-type", "").startswith("application/json"):
                raise Refusal("invalid_payload", status=400, violation="a response URL takes JSON")
            respond(self._site, url, json.loads(await request.body()))
        except Refusal as refusal:
            if refusal.violation:
                self._site.violations.append(Violation("response_url", refusal.violation))
            status = refusal.status if refusal.status != 200 else 500
            return JSONResponse(refusal.document(), status)
        return PlainTextResponse("ok")


def respond(site: Site, url: ResponseUrl, given: Any) -> None:
    """Says, replaces or deletes what the app wants."""
    answer = read(ResponseBody, given)
    original = _original(site, url) if answer.replace_original or answer.delete_original else None
    if answer.delete_original:
        _delete(site, url, original)
        return
    text, blocks = content(answer, longest=LONGEST_POST)
    if original is not None:
        _replace(site, url, original, {"text": text, "blocks": blocks})
        return
    place, thread = site.world.channels[url.channel], answer.thread_ts
    ts, me = site.world.new_ts(), site.app.user_id
    if answer.response_type == "in_channel":
        acts.post(site, place, Message(ts=ts, user=me, text=text, blocks=blocks, by_app=True, thread_ts=thread))
    else:
        whisper = Ephemeral(ts=ts, channel=place.id, user=url.user, text=text, blocks=blocks, by=me, thread_ts=thread)
        site.world.ephemerals.append(whisper)


def _original(site: Site, url: ResponseUrl) -> Message | Ephemeral | None:
    if url.ephemeral:
        return next((one for one in site.world.ephemerals if one.ts == url.message), None)
    return site.world.channels[url.channel].message(url.message or "")


def _replace(site: Site, url: ResponseUrl, original: Message | Ephemeral, new: Json) -> None:
    if isinstance(original, Ephemeral):
        original.text, original.blocks = new["text"], new["blocks"]
    else:
        acts.change(site, site.world.channels[url.channel], original, new)


def _delete(site: Site, url: ResponseUrl, original: Message | Ephemeral | None) -> None:
    if isinstance(original, Ephemeral):
        site.world.ephemerals.remove(original)
    elif original is not None:
        acts.delete(site, site.world.channels[url.channel], original)


def command_answered(site: Site, url: ResponseUrl, answer: Answer) -> None:
    """The body of a slash command's acknowledgement is its first answer."""
    if not answer:
        return
    try:
        respond(site, url, {"text": answer} if isinstance(answer, str) else answer)
    except Refusal as refusal:
        site.violate("slash_commands", f"acknowledged with {refusal.error}: {refusal.violation or answer}")


def suggested(site: Site, answer: Answer) -> list[Json]:
    """The options of an external menu: at most a hundred, well formed, in one list or in groups."""
    found = answer if isinstance(answer, dict) else {}
    try:
        offered = read(Suggestions, found)
    except Refusal as refusal:
        site.violate("block_suggestion", refusal.violation or refusal.error)
        return []
    groups = [group.options for group in offered.option_groups or []]
    return [one.model_dump(exclude_none=True) for options in [offered.options or [], *groups] for one in options]


def command_failed(site: Site, url: ResponseUrl, *, command: str, reason: str) -> None:
    """What a person reads when the app did not answer."""
    text = f'{command} failed with the error "{reason}"'
    failure = Ephemeral(ts=site.world.new_ts(), channel=url.channel, user=url.user, text=text, by="USLACKBOT")
    site.world.ephemerals.append(failure)
