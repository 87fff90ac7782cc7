"""Reads a GraphQL query: an operation with variables, fields with arguments and aliases, inline fragments. For door.py.

What else the language has (mutations, named fragments, directives, lists) is refused: nobody here sends it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"[\s,]*(?:#[^\n]*[\s,]*)*"
    r'(?P<token>\.\.\.|[_A-Za-z]\w*|-?\d+|"(?:[^"\\\n]|\\.)*"|[{}():$!=]|\Z)'
)


class Unreadable(ValueError):
    """It is no query, or one of a kind that is not known here."""


@dataclass(frozen=True)
class Variable:
    name: str


Value = Variable | int | str


@dataclass(frozen=True)
class Field:
    name: str
    key: str
    """Under which its answer stands."""
    arguments: dict[str, Value] = field(default_factory=dict)
    selections: tuple[Selection, ...] = ()


@dataclass(frozen=True)
class Fragment:
    """`... on Type { … }`."""

    on: str
    selections: tuple[Selection, ...]


Selection = Field | Fragment


@dataclass(frozen=True)
class Query:
    variables: dict[str, str]
    """Name → type, as it is declared."""
    selections: tuple[Selection, ...]


def read_query(text: str) -> Query:
    """The query. Raises Unreadable."""
    return _Reader(list(_tokens(text))).query()


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while True:
        found = TOKEN.match(text, at)
        if found is None:
            raise Unreadable(f"unexpected character at {at}")
        yield found["token"]
        if not found["token"]:
            return
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    def query(self) -> Query:
        if self._next == "query":
            self._take("query")
            if self._next not in ("(", "{"):
                self._name()
        variables = self._variables() if self._next == "(" else {}
        selections = self._selections()
        self._take("")
        return Query(variables, selections)

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self, wanted: str | None = None) -> str:
        token = self._next
        if wanted is not None and token != wanted:
            raise Unreadable(f"expected {wanted or 'the end'!r}, found {token!r}")
        self._at += 1
        return token

    def _name(self) -> str:
        token = self._take()
        if not re.fullmatch(r"[_A-Za-z]\w*", token):
            raise Unreadable(f"expected a name, found {token!r}")
        return token

    def _variables(self) -> dict[str, str]:
        found: dict[str, str] = {}
        self._take("(")
        while self._next != ")":
            self._take("$")
            name = self._name()
            self._take(":")
            found[name] = self._name() + (self._take("!") if self._next == "!" else "")
        self._take(")")
        return found

    def _selections(self) -> tuple[Selection, ...]:
        found: list[Selection] = []
        self._take("{")
        while self._next != "}":
            found.append(self._fragment() if self._next == "..." else self._field())
        self._take("}")
        return tuple(found)

    def _fragment(self) -> Fragment:
        self._take("...")
        self._take("on")
        return Fragment(self._name(), self._selections())

    def _field(self) -> Field:
        key = name = self._name()
        if self._next == ":":
            self._take(":")
            name = self._name()
        arguments = self._arguments() if self._next == "(" else {}
        return Field(name, key, arguments, self._selections() if self._next == "{" else ())

    def _arguments(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        self._take("(")
        while self._next != ")":
            name = self._name()
            self._take(":")
            found[name] = self._value()
        self._take(")")
        return found

    def _value(self) -> Value:
        given = self._take()
        match given[:1]:
            case "$":
                return Variable(self._name())
            case '"':
                return str(json.loads(given))
            case _ if given.lstrip("-").isdigit():
                return int(given)
            case _:
                raise Unreadable(f"a value of a kind that is not known here: {given!r}")
