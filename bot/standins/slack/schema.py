"""Slack's JSON of users, channels and messages, as the Web API answers with it and the events carry it."""

from __future__ import annotations

from bot.standins.slack.site import Site
from bot.standins.slack.world import Channel, Json, Message, User

KIND = {"channel": "channel", "group": "group", "im": "im"}


def user(site: Site, one: User, *, email: bool = False) -> Json:
    profile = {"real_name": one.real_name, "display_name": one.name, "team": site.world.team_of(one.id)}
    if email and not one.bot:
        profile["email"] = one.email
    shown = {"is_stranger": True} if one.team else {}
    return shown | {
        "id": one.id,
        "team_id": site.world.team_of(one.id),
        "name": one.name,
        "deleted": one.deleted,
        "real_name": one.real_name,
        "tz": "Europe/London",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": one.guest,
        "is_ultra_restricted": False,
        "is_bot": one.bot,
        "is_app_user": False,
        "updated": 0,
    }


def channel(site: Site, one: Channel) -> Json:
    if one.kind == "im":
        other = next(member for member in one.members if member != site.app.user_id)
        return {"id": one.id, "created": one.created, "is_im": True, "is_archived": False, "user": other}
    return {
        "id": one.id,
        "name": one.name,
        "name_normalized": one.name,
        "created": one.created,
        "creator": one.creator,
        "context_team_id": site.world.team_id,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": one.kind == "group",
        "is_archived": one.archived,
        "is_general": False,
        "is_shared": one.shared,
        "is_ext_shared": one.shared,
        "is_org_shared": False,
        "is_member": site.app.user_id in one.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def bot_profile(site: Site) -> Json:
    return {
        "id": site.app.bot_id,
        "app_id": site.app.app_id,
        "name": site.app.name,
        "deleted": False,
        "team_id": site.world.team_id,
    }


def message(site: Site, place: Channel, one: Message, *, metadata: bool = False, thread: bool = True) -> Json:
    """A message. What is not so is left out, as Slack does; `thread` adds the counts that histories show."""
    made: Json = {"type": "message", "user": one.user, "ts": one.ts, "text": one.text}
    made["team"] = site.world.team_of(one.user)
    if made["team"] != site.world.team_id:
        made |= {"user_team": made["team"], "source_team": made["team"]}
    if one.by_app:
        made |= {"bot_id": site.app.bot_id, "app_id": site.app.app_id, "bot_profile": bot_profile(site)}
    optional = {
        "client_msg_id": one.client_msg_id,
        "subtype": one.subtype,
        "blocks": one.blocks,
        "edited": one.edited,
        "thread_ts": one.thread_ts,
        "metadata": one.metadata if metadata else None,
        "username": one.username,
        "files": one.files,
        "reactions": [{"name": it.name, "users": list(it.users), "count": len(it.users)} for it in one.reactions],
    }
    made |= {name: value for name, value in optional.items() if value}
    return made | (_of_thread(place, one) if thread else {})


def _of_thread(place: Channel, one: Message) -> Json:
    if one.is_reply:
        parent = place.message(one.thread_ts or "")
        return {"parent_user_id": parent.user} if parent else {}
    replies = place.replies(one.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": one.ts,
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "reply_users": people[:5],
        "is_locked": False,
        "subscribed": False,
    }
