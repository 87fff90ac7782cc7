"""The state of the workspace as assertions want it: channels and threads as a person reads them, whispers, views.

Mixed into the stand-in; nothing here changes anything.
"""

from __future__ import annotations

from bot.standins.slack.emoji import EMOJI
from bot.standins.slack.reading import Reader
from bot.standins.slack.sending import Delivery
from bot.standins.slack.site import Site
from bot.standins.slack.world import Channel, Ephemeral, Message, User, View


class Inspection:
    site: Site

    def thread(self, channel: str, ts: str) -> str:
        """The thread as a person reads it."""
        place = self._place(channel)
        parent = place.message(ts)
        if parent is None:
            raise LookupError(f"no message {ts} in {channel}")
        said = [self._said(one) for one in (parent, *place.replies(ts))]
        return "\n".join([self._title(place), *said])

    def transcript(self, channel: str) -> str:
        """The channel as it shows, with the number of answers below what has a thread."""
        place = self._place(channel)
        return "\n".join([self._title(place), *(self._top_level(place, one) for one in place.top_level)])

    def _top_level(self, place: Channel, one: Message) -> str:
        count = len(place.replies(one.ts))
        answers = f"\n    ↳ {count} {'reply' if count == 1 else 'replies'}" if count else ""
        return self._said(one) + answers

    def _title(self, place: Channel) -> str:
        if place.kind == "im":
            return "direct messages"
        return f"#{place.name}{' (private)' if place.kind == 'group' else ''}"

    def _said(self, one: Message) -> str:
        reader = Reader(self.site.world)
        if one.subtype in ("tombstone", "channel_join"):
            return reader.mrkdwn(one.text)
        marks = [mark for mark, is_so in self._marks(one) if is_so]
        lines = [f"{self._author(one)}{f' ({", ".join(marks)})' if marks else ''}:"]
        lines += [f"    {line}".rstrip() for line in reader.lines(one)]
        if one.reactions:
            shown = (f"[{EMOJI.get(it.name, f':{it.name}:')} {len(it.users)}]" for it in one.reactions)
            lines.append("    " + " ".join(shown))
        return "\n".join(lines)

    def _marks(self, one: Message) -> list[tuple[str, bool]]:
        edited = bool(one.edited) and not one.by_app
        return [("app", one.by_app or one.subtype == "bot_message"), ("edited", edited)]

    def _author(self, one: Message) -> str:
        return f"@{one.username}" if one.username else Reader(self.site.world).user(one.user)

    def ephemerals(self, user: str) -> list[str]:
        """What only this person was shown, in plain text, the oldest first."""
        return ["\n".join(Reader(self.site.world).lines(one)) for one in self.whispers(user)]

    def whispers(self, user: str) -> list[Ephemeral]:
        """The same, to click in."""
        who = self._person(user)
        return [one for one in self.site.world.ephemerals if one.user == who.id]

    def messages(self, channel: str, *, thread_ts: str | None = None) -> list[Message]:
        """All messages of a channel, or of one thread with the message that opened it."""
        place = self._place(channel)
        if thread_ts is None:
            return list(place.messages)
        return [one for one in place.messages if thread_ts in (one.ts, one.thread_ts)]

    def last(self, channel: str) -> Message:
        """The last message that the app has written there."""
        return [one for one in self._place(channel).messages if one.by_app][-1]

    def view(self, user: str) -> View:
        """The view that lies on top before this person."""
        who = self._person(user)
        homes = {one.id for one in self.site.world.homes.values()}
        mine = [one for one in self.site.world.views.values() if one.user == who.id and one.open]
        modals = [one for one in mine if one.id not in homes]
        if not modals:
            raise LookupError(f"{user} has no view open")
        return modals[-1]

    def home(self, user: str) -> str:
        """The person's Home tab in plain text."""
        reader, view = Reader(self.site.world), self.site.world.homes[self._person(user).id]
        return "\n".join(line for block in view.content["blocks"] for line in reader.block(block))

    def direct(self, user: str) -> Channel:
        """The conversation between this person and the app."""
        return self.site.world.im_with(self._person(user), self.site.app.user_id)

    @property
    def violations(self) -> list[str]:
        """Everything that no correct app would have done. A test house asserts that this is empty."""
        return [str(one) for one in self.site.violations]

    @property
    def deliveries(self) -> list[Delivery]:
        """What the app was told, oldest first."""
        return list(self.site.sender.log)

    def _place(self, name: str) -> Channel:
        found = self.site.world.channels.get(name) or self.site.world.channel_named(name.removeprefix("#"))
        if found is None:
            raise LookupError(f"no channel {name}")
        return found

    def _person(self, name: str) -> User:
        found = self.site.world.users.get(name) or self.site.world.user_named(name.removeprefix("@"))
        if found is None:
            raise LookupError(f"nobody is called {name}")
        return found
