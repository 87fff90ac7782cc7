"""What a message is worth among its like: how new it is, whose it is, whether it decides, what it shares with the task.

Pure; called by `offer.py`. The weights are chosen by hand: the newest first, a maintainer's word of some while ago
before a stranger's of today, a decision before chatter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crds.receipt import Trust
from runner.context.extract import decisions_in, names_in
from runner.context.talk.said import Said
from runner.context.words import Weights, term_set, term_sets

RECENT = 12
"""Messages after which newness counts half."""
MOST_DECISIONS = 4
"""Words of decision that count."""
_STANDING = {"maintainer": 0.25, "contributor": 0.12, "bot": -0.25}
_RELATION = {"fixes": 0.3, "fixed by": 0.3, "linked": 0.2, "names this one": 0.1, "mentioned": 0.05}
_NAMED = 0.4
"""For a message that somebody has linked to itself."""


@dataclass(frozen=True)
class Scene:
    """What the messages are scored against."""

    asked: frozenset[str]
    """Terms of the request, the title and the issue."""
    weights: Weights
    terms: Mapping[str, frozenset[str]]
    """Of each text."""
    taking_part: frozenset[str]
    """Who opened the thread, asked, or came back to it."""


def scene_of(said: Sequence[Said], *, asked: str) -> Scene:
    """`asked`: the request and the title."""
    found = dict(zip((one.text for one in said), term_sets(one.text for one in said), strict=True))
    wanted = term_set(asked).union(*(found[one.text] for one in said if one.is_task))
    return Scene(wanted, Weights(found.values()), found, _taking_part(said))


def _taking_part(said: Sequence[Said]) -> frozenset[str]:
    spoken: dict[str, int] = {}
    for one in said:
        spoken[one.talk.author] = spoken.get(one.talk.author, 0) + (2 if one.is_task else 1)
    return frozenset(author for author, times in spoken.items() if author and times > 1)


def scored(said: Sequence[Said], scene: Scene) -> list[Said]:
    """The messages with their scores, the worthiest first."""
    newest = sorted(range(len(said)), key=lambda number: (-said[number].moment, said[number].talk.source, number))
    age = {number: rank for rank, number in enumerate(newest)}
    found = [replace(one, score=round(_score(one, age[number], scene), 4)) for number, one in enumerate(said)]
    return sorted(found, key=lambda one: (-one.score, -one.moment, one.talk.source))


def _score(one: Said, age: int, scene: Scene) -> float:
    talk = one.talk
    whose = 0.25 if talk.trust is Trust.REQUESTER else _STANDING.get(talk.standing, 0.0)
    if talk.author in scene.taking_part:
        whose = max(whose, 0.1) if whose >= 0 else whose
    decided = 0.05 * decisions_in(one.text, MOST_DECISIONS) + (0.05 if names_in(one.text) else 0)
    near = 0.25 * scene.weights.overlap(scene.terms[one.text], scene.asked)
    beside = _RELATION.get(talk.relation, 0.1) + _NAMED * talk.named if talk.thread else 0.0
    return 0.4 / (1 + age / RECENT) + whose + decided + near + beside - (0.4 if talk.settled else 0)
