"""What a test or the demo does as a person: join, say, mention, use a command, edit, react, click, choose, submit.

Each verb changes the workspace as Slack would and tells the app. A person who cannot do it gets an error: that is a
mistake of the story, never something the bot caused.
"""

from __future__ import annotations

import asyncio
import mimetypes
import uuid
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from bot.standins.slack import acts, events, forms, interactions
from bot.standins.slack.answers import suggested
from bot.standins.slack.composer import Names, compose, escaped_command
from bot.standins.slack.interactions import Surface
from bot.standins.slack.kit.check import with_ids
from bot.standins.slack.sending import Answer, Delivery
from bot.standins.slack.site import Site
from bot.standins.slack.web import views
from bot.standins.slack.world import Channel, Json, Message, User, View


class Verbs:
    """Mixed into the stand-in; `site` is its state. People and channels are named without @ and #."""

    site: Site

    def create_user(
        self, name: str, *, real_name: str | None = None, guest: bool = False, team: str | None = None
    ) -> User:
        """The person of that name, made when there is none yet; `team` is another organisation's, as T…"""
        known = self.site.world.user_named(name)
        user = known or self.site.world.add_user(name, real_name=real_name)
        if not known:
            user.guest, user.team = guest, team
        return user

    def deactivate(self, user: str) -> None:
        self._user(user).deleted = True

    def create_channel(
        self, name: str, *, private: bool = False, members: Sequence[str] = (), bot: bool = True
    ) -> Channel:
        """A channel with these people in it, and the app unless `bot` is False. Nobody is told."""
        if self.site.world.channel_named(name):
            raise ValueError(f"#{name} is there already")
        first = self.create_user(members[0]).id if members else self.site.app.user_id
        place = self.site.world.add_channel(name, "group" if private else "channel", creator=first)
        everybody = [self.create_user(one).id for one in members] + ([self.site.app.user_id] if bot else [])
        place.members = list(dict.fromkeys(everybody))
        return place

    def join(self, channel: str, user: str, *, inviter: str | None = None) -> None:
        """The person (or the app, by its name) becomes a member of the channel."""
        by = self.create_user(inviter).id if inviter else None
        acts.join(self.site, self.channel(channel), self._user(user).id, inviter=by)

    def leave(self, channel: str, user: str) -> None:
        self.channel(channel).members.remove(self._user(user).id)

    def archive(self, channel: str) -> None:
        self.channel(channel).archived = True

    def share(self, channel: str) -> None:
        """Another organisation is let into the channel (Slack Connect)."""
        self.channel(channel).shared = True

    async def say(
        self,
        channel: str,
        text: str,
        *,
        by: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> Message:
        """What the person types; `channel` is a name, or "@name" of the app for the direct conversation with it.

        `files`: what is dropped into the message, by name.
        """
        place, user = self._inside(channel, by)
        if place.archived:
            raise PermissionError(f"#{place.name} is archived")
        if thread_ts is not None and place.message(thread_ts) is None:
            raise LookupError(f"no message {thread_ts} in #{place.name}")
        composed = compose(text, self._names(), block_id=self.site.world.new_id("b"))
        message = Message(
            ts=self.site.world.new_ts(),
            user=user.id,
            text=composed.text,
            blocks=composed.blocks,
            thread_ts=thread_ts,
            broadcast=broadcast,
            client_msg_id=str(uuid.uuid4()),
            files=[self._file(name, data, user) for name, data in (files or {}).items()],
            subtype="file_share" if files else None,
        )
        return acts.post(self.site, place, message)

    def _file(self, name: str, data: bytes, user: User) -> Json:
        number, kind = self.site.world.new_id("F"), mimetypes.guess_type(name)[0] or "text/plain"
        path = f"/files-pri/{self.site.world.team_id}-{number}/{quote(name)}"
        self.site.files[path] = (data, kind)
        told = {"id": number, "name": name, "title": name, "mimetype": kind, "user": user.id, "mode": "hosted"}
        return told | {"size": len(data), "url_private": f"{self.site.url}{path}"}

    async def mention(self, channel: str, text: str, *, by: str, thread_ts: str | None = None) -> Message:
        """`say` with the app's name before the text."""
        return await self.say(channel, f"<@{self.site.app.user_id}> {text}", by=by, thread_ts=thread_ts)

    async def slash(self, command: str, text: str = "", *, by: str, channel: str) -> Delivery:
        """A slash command. Slack takes them from anybody, in channels that the app is not in too."""
        if command not in self.site.app.commands:
            raise LookupError(f"the app has no command {command}")
        place, user = self._inside(channel, by)
        if user.team:
            raise PermissionError(f"{by} is of another organisation and has no {command} here")
        sent = escaped_command(text, self._names()) if command in self.site.app.escaped else text
        return interactions.slash(self.site, place, user, (command, sent))

    async def edit(self, message: Message, text: str, *, by: str | None = None) -> None:
        """People edit their own messages only."""
        place = interactions.place_of(self.site, message)
        self._own(message, by)
        composed = compose(text, self._names(), block_id=self.site.world.new_id("b"))
        edited = acts.edited_by(self.site, message.user)
        acts.change(self.site, place, message, {"text": composed.text, "blocks": composed.blocks, "edited": edited})

    async def delete(self, message: Message, *, by: str | None = None) -> None:
        self._own(message, by)
        acts.delete(self.site, interactions.place_of(self.site, message), message)

    async def react(self, message: Message, name: str, *, by: str) -> None:
        place = interactions.place_of(self.site, message)
        acts.react(self.site, place, message, (name, self._member(place, by).id))

    async def unreact(self, message: Message, name: str, *, by: str) -> None:
        place = interactions.place_of(self.site, message)
        acts.unreact(self.site, place, message, (name, self._member(place, by).id))

    async def click(self, surface: Surface, action_id: str, *, by: str) -> Delivery:
        """Presses a button of a message or a view."""
        block, element = interactions.find_element(surface, action_id)
        if element["type"] != "button":
            raise ValueError(f"{action_id} is a {element['type']}; choose from it")
        return self._act(surface, (block, element), {"text": element["text"], **_value(element)}, by=by)

    async def choose(self, surface: Surface, action_id: str, value: str | list[str], *, by: str) -> Delivery:
        """Chooses from a menu, by an option's value or its words; for people and channels by id."""
        block, element = interactions.find_element(surface, action_id)
        state = forms.value_of(element, value)
        surface.values.setdefault(block["block_id"], {})[action_id] = state
        return self._act(surface, (block, element), state, by=by)

    def _act(self, surface: Surface, target: tuple[Json, Json], state: Json, *, by: str) -> Delivery:
        block, element = target
        action = {"type": element["type"], "block_id": block["block_id"], "action_id": element["action_id"], **state}
        user = self._member(surface, by)
        return interactions.block_actions(self.site, user, surface, {**action, "action_ts": self.site.world.new_ts()})

    async def suggest(self, surface: Surface, action_id: str, query: str, *, by: str) -> list[Json]:
        """Types into an external menu; returns the options that the app offers."""
        block, element = interactions.find_element(surface, action_id)
        user = self._member(surface, by)
        payload = interactions.opening(self.site, "block_suggestion", user)
        payload |= interactions.where(self.site, user, surface)
        payload |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": query}
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.site.sender.queue(
            Delivery(
                kind="interactive",
                name="block_suggestion",
                payload=payload,
                answered=answer.set_result,
                failed=lambda _: answer.set_result(None),
            )
        )
        return suggested(self.site, await answer)

    async def shortcut(self, message: Message | None, callback_id: str, *, by: str) -> Delivery:
        """A shortcut from a message's menu, or a global one where there is no message."""
        return interactions.shortcut(self.site, self._user(by), callback_id, message)

    async def submit(self, view: View, values: Mapping[str, str | list[str]] | None = None) -> Delivery:
        """Fills in the view by action ids and sends it, as the person who has it open."""
        if not view.open:
            raise LookupError("the view is closed")
        forms.fill(view, values or {})
        return forms.submission(self.site, self.site.world.users[view.user], view)

    async def close_view(self, view: View) -> None:
        forms.closing(self.site, self.site.world.users[view.user], view)

    async def open_home(self, user: str, tab: Literal["home", "messages"] = "home") -> None:
        """The person looks at the app's Home tab, or at its messages."""
        who = self._user(user)
        place = self.site.world.im_with(who, self.site.app.user_id)
        event: Json = {"type": "app_home_opened", "user": who.id, "channel": place.id, "tab": tab}
        home = self.site.world.homes.get(who.id)
        if home and tab == "home":
            event["view"] = views.shown(self.site, home)
        events.tell(self.site, {**event, "event_ts": self.site.world.new_ts()})

    def uninstall(self) -> None:
        """The app leaves the workspace: its token is worth nothing from now on."""
        bot = {"oauth": [], "bot": [self.site.app.user_id]}
        events.tell(self.site, {"type": "tokens_revoked", "tokens": bot, "event_ts": self.site.world.new_ts()})
        events.tell(self.site, {"type": "app_uninstalled", "event_ts": self.site.world.new_ts()})
        self.site.installed = False

    async def say_as_other_bot(self, channel: str, text: str, *, name: str = "ci") -> Message:
        """A message of another app, as `bot_message`."""
        ts, blocks = self.site.world.new_ts(), with_ids([])
        message = Message(ts=ts, user="B0OTHER", text=text, blocks=blocks, subtype="bot_message", username=name)
        return acts.post(self.site, self.channel(channel), message)

    def channel(self, name: str) -> Channel:
        """By name or id."""
        found = self.site.world.channels.get(name) or self.site.world.channel_named(name.removeprefix("#"))
        if found is None:
            raise LookupError(f"no channel {name}")
        return found

    def user(self, name: str) -> User:
        return self._user(name)

    def _user(self, name: str) -> User:
        found = self.site.world.users.get(name) or self.site.world.user_named(name.removeprefix("@"))
        if found is None:
            raise LookupError(f"nobody is called {name}")
        return found

    def _inside(self, channel: str, name: str) -> tuple[Channel, User]:
        if channel.removeprefix("@") == self.site.app.name and channel.startswith("@"):
            user = self.create_user(name)
            return self.site.world.im_with(user, self.site.app.user_id), user
        place = self.channel(channel)
        return place, self._member(place, name)

    def _member(self, where: Channel | Surface, name: str) -> User:
        if isinstance(where, View):
            return self.site.world.users[where.user]
        place = where if isinstance(where, Channel) else interactions.place_of(self.site, where)
        user = self._user(name)
        if user.id not in place.members:
            raise PermissionError(f"{name} is not in #{place.name}")
        return user

    def _own(self, message: Message, by: str | None) -> None:
        if by is not None and self._user(by).id != message.user:
            raise PermissionError(f"{by} has not written this")

    def _names(self) -> Names:
        def user(name: str) -> str | None:
            found = self.site.world.user_named(name)
            return found.id if found else None

        def channel(name: str) -> str | None:
            found = self.site.world.channel_named(name)
            return found.id if found else None

        return Names(user, channel)


def _value(element: Json) -> Json:
    return {name: element[name] for name in ("value", "style", "url") if name in element}
