"""A file in its parts as a test wants them: read in this very process, which only texts of the tests' own may be."""

from runner.context.ranking.chunks import Chunk, chunks_of
from runner.context.ranking.definition import Definition
from runner.context.ranking.grammars import definitions
from runner.context.ranking.languages import language_of


def defined(path: str, text: str) -> list[Definition]:
    """The definitions of a file; none where no grammar reads it."""
    language = language_of(path)
    return definitions(text, language) if language else []


def parts(path: str, text: str) -> list[Chunk]:
    """The parts of a file, in order."""
    return chunks_of(path, text, defined(path, text))
