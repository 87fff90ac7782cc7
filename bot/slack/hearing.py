"""Slack's payloads → what was heard in them. Called by the door (is it worth keeping?) and by the worker.

Reads the few fields that are needed into small models that ignore the rest: a payload of another shape is a reason to
ignore it, never an exception. The payload is the JSON object that Slack sends in either mode: an event's envelope, a
slash command's fields, or an interaction.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from bot.slack.heard import (
    ButtonPressed,
    Ignored,
    OptionChosen,
    Reacted,
    ShortcutUsed,
    SlackHeard,
    SlackSaid,
    SlackUnsaid,
    SlashCommand,
)
from bot.slack.payloads import BlockActions, CommandFields, Envelope, Message, MessageAction, Reacting, Spoken

Json = dict[str, Any]

STOPPING = frozenset({"x", "heavy_multiplication_x", "negative_squared_cross_mark", "octagonal_sign", "no_entry"})
"""Reactions that ask for a stop: ✖ and what people take for it."""
PEOPLES_SUBTYPES = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Kinds of message that a person writes."""
_MENUS = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})


def read(event: str, payload: bytes) -> SlackHeard | Ignored:
    """What a kept delivery says; `event` is the delivery's, as `kind` named it."""
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return Ignored("not_json")
    return hear(found, event) if isinstance(found, dict) else Ignored("not_an_object")


def kind(payload: Mapping[str, Any]) -> str:
    """What kind of thing Slack tells with this payload, in one word of ours; `unknown` for all else."""
    if payload.get("type") == "event_callback":
        event = payload.get("event")
        return _event_kind(event) if isinstance(event, dict) else "unknown"
    if "command" in payload:
        return "command"
    return {"block_actions": "action", "message_action": "shortcut", "view_submission": "view"}.get(
        str(payload.get("type")), "unknown"
    )


def _event_kind(event: Json) -> str:
    name, subtype = event.get("type"), event.get("subtype")
    if name == "message" and subtype in ("message_changed", "message_deleted"):
        return f"event:{subtype}"
    known = ("message", "app_mention", "reaction_added", "reaction_removed")
    return f"event:{name}" if name in known else "unknown"


def hear(payload: Json, kind: str) -> SlackHeard | Ignored:
    """What a payload of this kind says."""
    try:
        return _heard(payload, kind)
    except ValidationError:
        return Ignored("incomplete_payload")


def _heard(payload: Json, kind: str) -> SlackHeard | Ignored:
    match kind:
        case "event:message" | "event:app_mention":
            return _said(Spoken.model_validate(payload))
        case "event:message_changed":
            return _changed(Spoken.model_validate(payload))
        case "event:message_deleted":
            return _deleted(Spoken.model_validate(payload))
        case "event:reaction_added" | "event:reaction_removed":
            return _reacted(Reacting.model_validate(payload))
        case "command":
            return _command(CommandFields.model_validate(payload))
        case "action":
            return _action(BlockActions.model_validate(payload))
        case "shortcut":
            return _shortcut(MessageAction.model_validate(payload))
        case _:
            return Ignored("unknown_kind")


def _said(spoken: Spoken) -> SlackSaid | Ignored:
    event = spoken.event
    if event.type == "app_mention" and event.edited is not None:
        return Ignored("edited_mention")  # the same edit also arrives as message_changed, with the words before it
    return _ignored(event, spoken) or _saying(spoken, event)


def _changed(spoken: Spoken) -> SlackSaid | SlackUnsaid | Ignored:
    now, before = spoken.event.message, spoken.event.previous_message
    if now is None:
        return Ignored("incomplete_payload")
    if now.subtype == "tombstone":  # what is left of a deleted message that has replies
        return _deleted(spoken)
    if now.edited is None or (before is not None and before.text == now.text):
        return Ignored("not_edited")  # Slack also calls it a change when a link unfolds or a reply is counted
    return _ignored(now, spoken) or _saying(spoken, now, before=before or Message(ts=now.ts))


def _deleted(spoken: Spoken) -> SlackUnsaid | Ignored:
    gone = spoken.event.previous_message
    if gone is None:
        return Ignored("incomplete_payload")
    return _ignored(gone, spoken) or SlackUnsaid(
        team=spoken.team,
        channel=spoken.event.channel,
        channel_type=spoken.event.channel_type,
        ts=gone.ts,
        thread_ts=gone.thread_ts,
        user=gone.user,
        text=gone.text,
        is_mention=_names(spoken.bot_user, gone.text),
    )


def _ignored(message: Message, spoken: Envelope) -> Ignored | None:
    """Why nobody listens to this message, if nobody does: no loop with ourselves or with another bot."""
    if message.bot_id is not None or not message.user or message.user == spoken.bot_user:
        return Ignored("bot")
    return None if message.subtype in PEOPLES_SUBTYPES else Ignored("subtype")


def _saying(spoken: Spoken, message: Message, before: Message | None = None) -> SlackSaid:
    home = {spoken.team, spoken.team_id, None}
    return SlackSaid(
        team=spoken.team,
        channel=spoken.event.channel,
        channel_type=spoken.event.channel_type,
        ts=message.ts,
        thread_ts=message.thread_ts,
        user=message.user,
        text=message.text,
        blocks=message.blocks,
        is_mention=spoken.event.type == "app_mention"
        or _names(spoken.bot_user, message.text)
        or (before is not None and _names(spoken.bot_user, before.text)),
        bot_user=spoken.bot_user,
        edited=before is not None,
        before=before.text if before else "",
        before_blocks=before.blocks if before else (),
        external=spoken.is_ext_shared_channel or message.user_team not in home,
    )


def _names(user: str, text: str) -> bool:
    return bool(user) and (f"<@{user}>" in text or f"<@{user}|" in text)


def _reacted(spoken: Reacting) -> Reacted | Ignored:
    event = spoken.event
    if event.reaction not in STOPPING:
        return Ignored("other_reaction")
    if event.user == spoken.bot_user:
        return Ignored("bot")
    return Reacted(
        team=spoken.team,
        channel=event.item.channel,
        ts=event.item.ts,
        user=event.user,
        reaction=event.reaction,
        added=event.type == "reaction_added",
        author=event.item_user,
    )


def _command(given: CommandFields) -> SlashCommand:
    return SlashCommand(
        team=given.team_id,
        channel=given.channel_id,
        channel_name=given.channel_name,
        user=given.user_id,
        text=given.text,
        response_url=given.response_url,
        trigger_id=given.trigger_id,
        command=given.command,
    )


def _action(done: BlockActions) -> ButtonPressed | OptionChosen | Ignored:
    action = done.actions[0]  # Slack sends one for each press, whatever the list says
    heard = _WAYS.get(action.type)
    if heard is None or (heard is OptionChosen and action.selected_option is None):
        return Ignored("other_action")
    return heard(
        team=done.team.id,
        channel=done.channel.id,
        user=done.user.id,
        action_id=action.action_id,
        value=action.selected_option.value if action.selected_option else action.value,
        block_id=action.block_id,
        message_ts=done.container.message_ts,
        thread_ts=done.container.thread_ts or (done.message.thread_ts if done.message else None),
        response_url=done.response_url,
        trigger_id=done.trigger_id,
    )


_WAYS: Mapping[str, type[ButtonPressed] | type[OptionChosen]] = {
    "button": ButtonPressed,
    **dict.fromkeys(_MENUS, OptionChosen),
}


def _shortcut(used: MessageAction) -> ShortcutUsed:
    message = used.message
    return ShortcutUsed(
        team=used.team.id,
        channel=used.channel.id,
        channel_name=used.channel.name,
        user=used.user.id,
        callback_id=used.callback_id,
        ts=message.ts,
        thread_ts=message.thread_ts,
        author="" if message.bot_id else message.user,
        text=message.text,
        response_url=used.response_url,
        trigger_id=used.trigger_id,
        blocks=message.blocks,
    )
