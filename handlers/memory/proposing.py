"""A session's end → the notes that it proposes, and those that it has used. Called by session_observed.py; pure.

The pod's word counts for the text alone, cleaned and cut: whose trust a note has, whether it is private and what it
waits for follow from the order that the bot made. A receipt may lower the trust, never raise it.
"""

import unicodedata
from collections.abc import Iterator

from crds.agentic_session import Origin
from crds.receipt import Receipt, Trust
from crds.redaction import redact
from crds.result import ProposedNote
from crds.session_status import PullRequestOutcome
from crds.work_order import WorkOrder
from handlers.effects import Effect
from handlers.events import SessionObserved
from handlers.memory.effects import KeepNotes
from handlers.memory.note import Note, NoteState, key_of, lowest
from handlers.naming import digest, repository_folder

MOST = 6
"""Notes that one session may leave."""
LONGEST = 400
"""Characters of a note."""
SHORTEST = 12


def notes_left(event: SessionObserved) -> list[Effect]:
    """The effect that keeps what a session leaves at its end, and counts which notes its prompt has held.

    They count as used whatever came of the session: one that was stopped, or died after its first turn, was given them
    too. What it would leave itself is believed only where it has said its last word.
    """
    order, report = event.standing.order, event.standing.report
    if order is None or report is None or not order.repositories or not order.repositories[0].id:
        return []
    notes = tuple(_notes(event, order, report.result.notes)) if order.takes_notes and report.final else ()
    read = _read(order, report.result.receipt)
    if not notes and not read:
        return []
    main = order.repositories[0]
    pull, thread = _pull(event, order), event.standing.thread
    return [
        KeepNotes(
            repository_id=main.id,
            session=event.session.uid,
            notes=notes,
            read=read,
            thread=thread if pull and thread and thread.repository_id == main.id else None,
            pull=pull.number if pull else 0,
        )
    ]


def _notes(event: SessionObserved, order: WorkOrder, proposed: tuple[ProposedNote, ...]) -> Iterator[Note]:
    pull, origin = _pull(event, order), event.session.work.origin
    receipt = event.standing.report.result.receipt if event.standing.report else None
    seen = set[str]()
    for one in proposed[:MOST]:
        text = cleaned(one.text)
        key = key_of(one.kind, text)
        if len(text) < SHORTEST or key in seen:
            continue
        seen.add(key)
        yield Note(
            id=f"n{digest(f'{event.session.uid} {key}')[:8]}",
            kind=one.kind,
            text=text,
            at=event.now,
            trust=trust_of(order, receipt),
            private=is_private(order, origin, hidden=bool(event.standing.slack and event.standing.slack.private)),
            state=NoteState.PROPOSED,
            session=event.session.key,
            pull=pull.number if pull else 0,
            source=(pull.url if pull else event.standing.source_url)[:1024],
            key=key,
        )


def cleaned(text: str) -> str:
    """One line without control characters, hidden ones and secrets; cut at a word."""
    plain = "".join(one for one in text if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cs"))
    line = redact(" ".join(redact(plain).split()))
    return line if len(line) <= LONGEST else line[: LONGEST - 2].rsplit(" ", 1)[0] + " …"


def trust_of(order: WorkOrder, receipt: Receipt | None) -> Trust:
    """The lowest trust of what the session has read.

    A pull request's head is what somebody wants merged, and nobody has yet; another owner's repository says what that
    one likes; of an earlier conversation it is not told what was read in it. All three count as anybody's.
    """
    read = [Trust.REQUESTER, *(piece.trust for piece in order.talk), *(note.trust for note in order.memory)]
    read += [one.trust_beside(order.repositories[0]) for one in order.repositories]
    if order.continues is not None or any(one.pull_request is not None for one in order.repositories):
        read.append(Trust.OUTSIDE)
    if receipt is not None:
        read += [row.trust for row in receipt.rows if row.taken]
    return lowest(*read)


def is_private(order: WorkOrder, origin: Origin | None, *, hidden: bool) -> bool:
    """Whether the session has read what not everybody may. `hidden`: its thread in Slack is a private one."""
    asked_in_private = origin is not None and origin.service == "slack" and hidden
    return asked_in_private or any(one.private for one in order.repositories)


def _pull(event: SessionObserved, order: WorkOrder) -> PullRequestOutcome | None:
    """The pull request of the main repository that the session's work is in."""
    outcome, main = event.session.status.outcome, order.repositories[0]
    names = {main.name.lower(), repository_folder(main.url).lower()}  # a renamed one has two
    pulls = outcome.pull_requests if outcome else ()
    return next((one for one in pulls if repository_folder(one.repository).lower() in names), None)


def _read(order: WorkOrder, receipt: Receipt | None) -> tuple[str, ...]:
    """The notes that were in the prompt, by their rows of the receipt."""
    rows = {row.source for row in receipt.rows if row.kind == "memory" and row.taken} if receipt else set()
    return tuple(note.id for note in order.memory if note.row in rows)
