"""What people and the app do to channels: each act changes the records and announces it. API and verbs share these.

Permission and form have been checked by the caller.
"""

from __future__ import annotations

from bot.standins.slack import events, schema
from bot.standins.slack.site import Site
from bot.standins.slack.world import Channel, Json, Message, Reaction

GONE = "This message was deleted."


def post(site: Site, place: Channel, message: Message) -> Message:
    """Appends it. An answer that is also sent to the channel is a `thread_broadcast`."""
    if message.is_reply and message.broadcast:
        message.subtype = "thread_broadcast"
    place.messages.append(message)
    events.posted(site, place, message)
    return message


def change(site: Site, place: Channel, message: Message, new: Json) -> None:
    """Sets the named fields of a message (text, blocks, metadata, edited). One that changes nothing is not told."""
    previous = schema.message(site, place, message, metadata=True)
    if all(getattr(message, name) == value for name, value in new.items() if name != "edited"):
        return
    for name, value in new.items():
        setattr(message, name, value)
    message.updates += 1
    events.changed(site, place, message, previous)


def edited_by(site: Site, user: str) -> Json:
    return {"user": user, "ts": site.world.new_ts()}


def delete(site: Site, place: Channel, message: Message) -> None:
    """A message that opened a thread leaves a gravestone, so that the answers keep their place."""
    previous = schema.message(site, place, message, metadata=True)
    if not place.replies(message.ts):
        place.messages.remove(message)
        events.deleted(site, place, previous)
        return
    message.subtype, message.text, message.blocks, message.user = "tombstone", GONE, [], "USLACKBOT"
    message.by_app, message.metadata, message.reactions = False, None, []
    events.changed(site, place, message, previous)


def react(site: Site, place: Channel, message: Message, one: tuple[str, str]) -> bool:
    """`one` is the emoji's name and who reacts; False where they have done so already."""
    name, user = one
    found = next((reaction for reaction in message.reactions if reaction.name == name), None)
    if found is None:
        found = Reaction(name=name, users=[])
        message.reactions.append(found)
    if user in found.users:
        return False
    found.users.append(user)
    events.reacted(site, place, message, ("reaction_added", name, user))
    return True


def unreact(site: Site, place: Channel, message: Message, one: tuple[str, str]) -> bool:
    name, user = one
    found = next((reaction for reaction in message.reactions if reaction.name == name and user in reaction.users), None)
    if found is None:
        return False
    found.users.remove(user)
    if not found.users:
        message.reactions.remove(found)
    events.reacted(site, place, message, ("reaction_removed", name, user))
    return True


def join(site: Site, place: Channel, user: str, *, inviter: str | None = None) -> None:
    """Becomes a member, told as Slack tells it: an event, and a line in the channel."""
    if user in place.members:
        return
    place.members.append(user)
    events.joined(site, place, user, inviter=inviter)
    line = Message(ts=site.world.new_ts(), user=user, text=f"<@{user}> has joined the channel", subtype="channel_join")
    post(site, place, line)
