"""The tables of the store. Called by `database.py`, which creates them, and by the rooms, which use them.

Text from outside stands in binary columns as JSON: PostgreSQL's text refuses NUL characters, which hostile input has.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 3
"""2: the rooms of Slack. 3: notes and summaries, what runs have used, images, and parsed code.

Tables are only ever added, so that an older store becomes a newer one by being opened."""

metadata = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

inbox = Table(
    "inbox",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("event", String, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    # Not compressed: deflating a delivery costs more CPU than all of the door, and `done` empties it anyway.
    Column("payload", LargeBinary, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("session", String),
    Column("ended_at", Float),
)
_waiting = inbox.c.state == "waiting"
Index("inbox_waiting", inbox.c.seq, sqlite_where=_waiting, postgresql_where=_waiting)
Index("inbox_ended", inbox.c.ended_at)

intents = Table(
    "intents",
    metadata,
    Column("namespace", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("thread_key", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
)
Index("intents_thread", intents.c.thread_key, intents.c.created_at)

orders = Table(
    "orders",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
)
Index("orders_created", orders.c.created_at)

results = Table(
    "results",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("final", Boolean, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("digest", String, nullable=False),
    Column("stored_at", Float, nullable=False),
)

# Bundles stand in the database, not beside it: the result and its bundles then become visible in one transaction, and
# halves that run apart share no disk. In pieces, so that no value is large.
bundles = Table(
    "bundles",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("final", Boolean, primary_key=True),
    Column("name", String, primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

progress = Table(
    "progress",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("session_uid", String, nullable=False),
    Column("subpath", String, nullable=False),
    Column("uuid", String),
    Column("size", Integer, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    UniqueConstraint("session_uid", "subpath", "uuid"),
)
Index("transcripts_order", transcripts.c.session_uid, transcripts.c.subpath, transcripts.c.seq)
Index("transcripts_size", transcripts.c.session_uid, transcripts.c.size)

calls = Table(
    "calls",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("session_uid", String, nullable=False),
    Column("model", String, nullable=False),
    Column("held_tokens", BigInteger, nullable=False),
    Column("held_nanousd", BigInteger, nullable=False),
    Column("input", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),
    Column("cache_read", BigInteger, nullable=False),
    Column("cache_write", BigInteger, nullable=False),
    Column("nanousd", BigInteger, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("settled_at", Float),
)
Index("calls_session", calls.c.session_uid)

releases = Table(
    "releases",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True),
    Column("sha", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
)

raises = Table(
    "raises",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("usd", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
)

marks = Table("marks", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))

slack_links = Table(
    "slack_links",
    metadata,
    Column("team", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("ts", String, primary_key=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("linked_at", Float, nullable=False),
)
Index("slack_links_thread", slack_links.c.repository_id, slack_links.c.number, slack_links.c.linked_at)

slack_identities = Table(
    "slack_identities",
    metadata,
    Column("team", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("login", String, nullable=False),
    Column("github_id", BigInteger, nullable=False),
    Column("linked_at", Float, nullable=False),
)

slack_defaults = Table(
    "slack_defaults",
    metadata,
    Column("team", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("repository", String, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Float, nullable=False),
)

# What the bot waits for: an answer to its question, or GitHub's word about a device. `document` is how it was asked.
questions = Table(
    "questions",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("due_at", Float),
    Column("answer", LargeBinary),
    Column("closed_at", Float),
)
_due = questions.c.due_at.is_not(None)
Index("questions_due", questions.c.due_at, sqlite_where=_due, postgresql_where=_due)

# What is remembered of a repository. The text stands in the document, as all text from outside.
notes = Table(
    "notes",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("pull", BigInteger, nullable=False),
    Column("since", Float, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
Index("notes_pull", notes.c.repository_id, notes.c.pull)
Index("notes_since", notes.c.since)

# What each finished session has used: forecasts learn from it. Numbers and names, nothing that people wrote.
runs = Table(
    "runs",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("repository", String, nullable=False),
    Column("task", String, nullable=False),
    Column("model", String, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("prompt", Integer, nullable=False),
    Column("tokens_per_count", Float, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("request", BigInteger, nullable=False),
    Column("input", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),
    Column("cache_read", BigInteger, nullable=False),
    Column("cache_write", BigInteger, nullable=False),
    Column("nanousd", BigInteger),
    Column("turns", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("forecast", LargeBinary),
    Column("at", Float, nullable=False),
)
Index("runs_kind", runs.c.task, runs.c.model, runs.c.repository, runs.c.at)
Index("runs_task", runs.c.task, runs.c.at)
Index("runs_model", runs.c.model, runs.c.at)
# What later programs keep of a run beside that, in a table of its own, for tables are only ever added.
run_more = Table(
    "run_more",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("earlier", BigInteger, nullable=False),
    Column("cut", Boolean, nullable=False),
)

summaries = Table(
    "summaries",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
)
Index("summaries_at", summaries.c.at)

# Sessions that have handed in their summaries: a second time it may be the agent that speaks.
summary_turns = Table(
    "summary_turns",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("at", Float, nullable=False),
)

# Images that go with sessions, in pieces as the bundles are.
images = Table(
    "images",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
)
Index("images_at", images.c.at)

# What runners have parsed of a repository: one file, opaque here. What was made while it was private is told apart.
shared_code = Table(
    "shared_code",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("private", Boolean, primary_key=True),
    Column("format", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
)
Index("shared_code_used", shared_code.c.used_at)

shared_code_pieces = Table(
    "shared_code_pieces",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("private", Boolean, primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# Sessions that have had their turn to hand such a file in.
shared_code_turns = Table(
    "shared_code_turns",
    metadata,
    Column("session_uid", String, primary_key=True),
    Column("at", Float, nullable=False),
)
