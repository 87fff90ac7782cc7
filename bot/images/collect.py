"""The images of an order: asks the forge where those that its talk names are, fetches and looks at them, keeps them.

Called by bot/orders.py, once an order. No confused deputy: only what a piece of the order names and the forge shows in
that piece now, read with a token that can read the session's own repository and nothing else. Coming twice is coming
once: the bytes are kept by their hash. Raises Later where the forge's API is out of reach.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from bot.github import GitHub, GitHubRefused
from bot.github.repositories import at
from bot.images.fetch import Fetch, Missed, fetched
from bot.images.places import Forge, forge_at, shown_in
from bot.images.sniff import Unfit, look
from bot.images.wanted import SLACK, Wanted, wanted
from bot.store import Store
from crds.images import MOST_ATTACHED, MOST_BYTES_TOGETHER, OrderedImage, takes_images
from crds.work_order import Talk
from handlers import wording
from handlers.events import Thread

READS = {"issues": "read", "pull_requests": "read"}


@dataclass(frozen=True)
class Images:
    store: Store
    github: GitHub
    github_url: str
    in_slack: Mapping[str, str] = field(default_factory=dict)
    """Where the images of the Slack thread are, by the addresses by which the talk names them."""
    from_slack: Fetch | None = None

    async def told(self, uid: str, own: Thread, talk: Sequence[Talk], *, model: str) -> tuple[OrderedImage, ...]:
        """The images that the talk names, numbered; the bytes of those without a reason are kept for this session."""
        forge = forge_at(self.github_url)
        # Beside the loop: hundreds of long comments may be looked through.
        found = await asyncio.to_thread(wanted, talk, own, forge, self.in_slack)
        if not takes_images(model):
            return tuple(one.told(number, wording.image_not_for_model()) for number, one in enumerate(found, 1))
        good = [one for one in found if not one.why_not][:MOST_ATTACHED]
        had = await self._had(good, own, forge) if good else {}
        listed, kept = _listed(found, had)
        await self.store.images.keep(uid, kept)
        return listed

    async def _had(self, good: Sequence[Wanted], own: Thread, forge: Forge) -> dict[str, "bytes | str"]:
        """By what each is known: its bytes, or why there are none."""
        beside, there = ([one for one in good if (one.path == SLACK) is slack] for slack in (False, True))
        places = await self._places(beside, own, forge) if beside else {}
        found: dict[str, bytes | str] = {one.known_as: wording.image_not_shown() for one in good}
        found |= await _from(fetched, places)
        if there and self.from_slack is not None:
            found |= await _from(self.from_slack, {one.known_as: self.in_slack[one.known_as] for one in there})
        return found

    async def _places(self, good: Sequence[Wanted], own: Thread, forge: Forge) -> Mapping[str, str]:
        """Where the forge says that they are. Each only by the piece that names it."""
        paths = list(dict.fromkeys(one.path for one in good))
        try:
            token = await self.github.token(own.installation, repositories=[own.repository_id], permissions=READS)
        except GitHubRefused:  # an App that was given less: its sessions go on without images
            return {}
        shown = await asyncio.gather(*(self._shown(own, path, token.token, forge) for path in paths))
        by_path = dict(zip(paths, shown, strict=True))
        return {one.known_as: by_path[one.path][one.known_as] for one in good if one.known_as in by_path[one.path]}

    async def _shown(self, own: Thread, path: str, token: str, forge: Forge) -> Mapping[str, str]:
        try:
            html = await self.github.rendered(f"{at(own.repository, own.repository_id)}{path}", token)
        except GitHubRefused:
            return {}
        return shown_in(html, forge)


async def _from(fetch: Fetch, places: Mapping[str, str]) -> dict[str, "bytes | str"]:
    """By what each is known: its bytes, or why there are none. `places`: where they are."""
    answers = zip(places, await fetch(list(places.values())), strict=True)
    return {name: wording.image_missed(had.kind) if isinstance(had, Missed) else had for name, had in answers}


def _listed(
    found: Sequence[Wanted], had: Mapping[str, "bytes | str"]
) -> tuple[tuple[OrderedImage, ...], dict[str, bytes]]:
    """The images as the order tells of them, and the bytes that are kept, by their hash."""
    kept: dict[str, bytes] = {}
    listed = []
    for number, one in enumerate(found, 1):
        data = had.get(one.known_as, wording.image_too_many(MOST_ATTACHED)) if not one.why_not else one.why_not
        if isinstance(data, bytes) and sum(map(len, kept.values())) + len(data) > MOST_BYTES_TOGETHER:
            data = wording.images_too_large_together()
        told = one.told(number, data) if isinstance(data, str) else _looked_at(one, number, data)
        if isinstance(data, bytes) and told.digest:
            kept[told.digest] = data
        listed.append(told)
    return tuple(listed), kept


def _looked_at(one: Wanted, number: int, data: bytes) -> OrderedImage:
    seen = look(data)
    if isinstance(seen, Unfit):
        return one.told(number, wording.image_unfit(seen.kind, seen.width, seen.height))
    known = {"media_type": seen.media_type, "width": seen.width, "height": seen.height, "size": len(data)}
    return one.told(number, "").model_copy(update={**known, "digest": sha256(data).hexdigest()})
