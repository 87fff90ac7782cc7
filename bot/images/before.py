"""Words: what was said in a thread beside the forge, and where its images are. Made by bot/slack, for bot/orders.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.images.fetch import Fetch
from crds.work_order import Talk


@dataclass(frozen=True)
class Before:
    talk: tuple[Talk, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    """Where the images are, by the addresses by which the talk names them."""
    fetch: Fetch | None = None
    """How their bytes are had."""
