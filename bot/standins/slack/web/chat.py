"""chat.*: post, change and delete messages, whisper, and link to them. Shares `content` with the response URLs."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import StrictStr

from bot.standins.slack import acts, schema
from bot.standins.slack.kit.check import checked_blocks
from bot.standins.slack.strict import Refusal, Strict
from bot.standins.slack.web.call import Call, Method, Ts
from bot.standins.slack.world import Channel, Ephemeral, Json, Message

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
LARGEST_METADATA = 16_000
# Nowhere documented: https://github.com/slackapi/bolt-js/issues/2509 has measured where chat.* begins to refuse.
LONGEST_BLOCKS = 13_200


class Content(Strict):
    """What a message says. Attachments are legacy and not offered here."""

    text: StrictStr | None = None
    blocks: list[Any] | None = None
    link_names: bool | None = None
    parse: Literal["none", "full"] | None = None


class EventMetadata(Strict):
    event_type: str
    event_payload: dict[str, Any]


class Post(Content):
    channel: str
    thread_ts: Ts | None = None
    reply_broadcast: bool = False
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    mrkdwn: bool = True
    metadata: EventMetadata | None = None


class Update(Content):
    channel: str
    ts: Ts
    reply_broadcast: bool | None = None
    metadata: EventMetadata | None = None


class Whisper(Content):
    channel: str
    user: str
    thread_ts: Ts | None = None


class Delete(Strict):
    channel: str
    ts: Ts


class Permalink(Strict):
    channel: str
    message_ts: Ts


def content(given: Content, *, longest: int) -> tuple[str, list[Json]]:
    """Text and blocks of a message, checked; one of them there must be."""
    blocks = checked_blocks(given.blocks) if given.blocks else []
    text = given.text or ""
    if not text.strip() and not blocks:
        raise Refusal("no_text", violation="a message without text and blocks")
    if len(text) > longest:
        raise Refusal("msg_too_long", violation=f"the text has {len(text)} of at most {longest} characters")
    return text, blocks


def _short(found: tuple[str, list[Json]]) -> tuple[str, list[Json]]:
    length = len(json.dumps(found[1], ensure_ascii=False, separators=(",", ":")))
    if length > LONGEST_BLOCKS:
        raise Refusal("msg_blocks_too_long", violation=f"blocks of {length} of at most {LONGEST_BLOCKS} characters")
    return found


def post_message(call: Call) -> Json:
    given = call.given
    place = _place_to_post(call)
    text, blocks = _short(content(given, longest=LONGEST_POST))
    message = acts.post(
        call.site,
        place,
        Message(
            ts=call.site.world.new_ts(),
            user=call.me,
            text=text,
            blocks=blocks,
            by_app=True,
            thread_ts=_thread(place, given.thread_ts),
            broadcast=given.reply_broadcast and given.thread_ts is not None,
            metadata=_metadata(given.metadata),
            unfurl=given.unfurl_links is not False,
        ),
    )
    shown = schema.message(call.site, place, message, metadata=True, thread=message.is_reply)
    return {"channel": place.id, "ts": message.ts, "message": shown}


def _place_to_post(call: Call) -> Channel:
    """A person's id stands for the conversation with them."""
    user = call.site.world.users.get(call.given.channel)
    if user and not user.bot:
        return call.site.world.im_with(user, call.me)
    return call.open_channel()


def _thread(place: Channel, thread_ts: str | None) -> str | None:
    """An answer must name the message that opened the thread, not another answer."""
    if thread_ts is None:
        return None
    parent = place.message(thread_ts)
    if parent is None:
        raise Refusal("thread_not_found")
    if parent.is_reply:
        raise Refusal("invalid_thread_ts", violation="thread_ts names an answer, not the message that it answers")
    return thread_ts


def _metadata(given: EventMetadata | None) -> Json | None:
    if given is None:
        return None
    found = given.model_dump()
    if len(str(found)) > LARGEST_METADATA:
        raise Refusal("metadata_too_large", violation=f"metadata of more than {LARGEST_METADATA} characters")
    return found


def update(call: Call) -> Json:
    given, place = call.given, call.open_channel()
    message = call.message(place, given.ts)
    if message.user != call.me:
        raise Refusal("cant_update_message")
    text, blocks = _short(content(given, longest=LONGEST_UPDATE))
    new: Json = {"text": text, "blocks": blocks}
    if given.metadata is not None:
        new["metadata"] = _metadata(given.metadata)
    if not blocks:
        new["edited"] = acts.edited_by(call.site, call.me)
    acts.change(call.site, place, message, new)
    shown = schema.message(call.site, place, message, metadata=True)
    return {"channel": place.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    place = call.channel()
    message = call.message(place, call.given.ts)
    if message.user != call.me:
        raise Refusal("cant_delete_message")
    acts.delete(call.site, place, message)
    return {"channel": place.id, "ts": call.given.ts}


def post_ephemeral(call: Call) -> Json:
    given, place = call.given, call.open_channel()
    if given.user not in place.members:
        raise Refusal("user_not_in_channel")
    text, blocks = content(given, longest=LONGEST_POST)
    ts = call.site.world.new_ts()
    made = Ephemeral(ts=ts, channel=place.id, user=given.user, text=text, blocks=blocks, by=call.me)
    made.thread_ts = _thread(place, given.thread_ts)
    call.site.world.ephemerals.append(made)
    return {"message_ts": ts}


def permalink(call: Call) -> Json:
    place = call.channel()
    message = call.message(place, call.given.message_ts)
    address = f"{call.site.url}/archives/{place.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={place.id}"
    return {"channel": place.id, "permalink": address}


METHODS = [
    Method(name="chat.postMessage", handler=post_message, tier="post", arguments=Post, scope="chat:write"),
    Method(name="chat.update", handler=update, tier="3", arguments=Update, scope="chat:write"),
    Method(name="chat.delete", handler=delete, tier="3", arguments=Delete, scope="chat:write"),
    Method(name="chat.postEphemeral", handler=post_ephemeral, tier="4", arguments=Whisper, scope="chat:write"),
    Method(name="chat.getPermalink", handler=permalink, tier="special", arguments=Permalink, json=False),
]
