"""Markdown → Slack's mrkdwn, by slackify_markdown's renderer, and safe: foreign text cannot mention, link or break out.

Called by render.py; pure. Every `<` that comes out is ours: a link to an address that the caller trusts. All else that
Slack would read as a mention, a channel, a link or an entity is escaped; where a link leads stands beside its words.
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from slackify_markdown.slackify import SlackifyMarkdown

from bot.slack.tables import as_text, width

WIDEST = 76
"""Characters of a table's line that Slack shows without breaking it; a wider table becomes a list."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_QUOTE, _UNQUOTE = "\x03", "\x04"
_FENCE = re.compile("`{3,}")
_JOINER = "\u2060"
"""Shows as nothing, and keeps apart what Slack would read as one."""
_TASK = re.compile(r"^\[([ xX])\] ")
_TAGS = re.compile(r"<[^>]*>")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

type _Tokens = Sequence[Token]


def mrkdwn(markdown: str, trusted: Sequence[str] = ()) -> str:
    """The text as Slack writes it. `trusted`: beginnings of addresses that may be clicked, such as the forge's."""
    parser = MarkdownIt("gfm-like", {"linkify": False, "html": True}, renderer_cls=_Renderer)
    return str(parser.render(_CONTROL.sub("", markdown), {"trusted": tuple(trusted)})).strip("\n")


def escape(text: str) -> str:
    """Text as text: Slack reads nothing into it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, words: str) -> str:
    """A link of ours. Raises ValueError where the address is none of the web's."""
    if not re.match(r"https?://[^\s]", url):
        raise ValueError("a link leads to http:// or https://")
    label = f"|{escape(words)}" if words else ""
    return f"<{_address(url)}{label}>"


def _address(url: str) -> str:
    return re.sub(r"[<>|\"\s]", lambda found: f"%{ord(found[0]):02X}", url).replace("&", "&amp;")


class _Renderer(SlackifyMarkdown):  # type: ignore[misc]
    """The library's renderer, with every place escaped at which foreign text comes out."""

    def render(self, tokens: _Tokens, options: Any, env: Any) -> str:
        self._trusted: tuple[str, ...] = env["trusted"]
        rendered = super().render(_prepared(tokens), options, env)
        return _quotes_marked(rendered)

    def text(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return self._clickable(_FENCE.sub(_apart, tokens[idx].content))

    def code_inline(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return f"`{escape(tokens[idx].content).replace('`', 'ˋ')}`"

    def fence(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        content = _FENCE.sub(_apart, tokens[idx].content).rstrip("\n")
        return f"```\n{escape(content)}\n```\n\n"

    code_block = fence

    def html_inline(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        found = tokens[idx].content
        if _BREAK.fullmatch(found):
            return "\n"
        return escape(_COMMENT.sub("", found))

    def link_open(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return ""  # the words of a link stand as they are, and where it leads after them: see `_prepared`

    def link_close(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return ""

    def image(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return self._leading(str(tokens[idx].attrs.get("src", "")), tokens[idx].content or "image")

    def leading(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        """A whole link, which `_prepared` has made one token of."""
        return self._leading(str(tokens[idx].attrs["href"]), tokens[idx].content)

    def blockquote_open(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return _QUOTE

    def blockquote_close(self, tokens: _Tokens, idx: int, options: Any, env: Any) -> str:
        return f"{_UNQUOTE}{self.NEW_LINE}"

    def _leading(self, url: str, words: str) -> str:
        words = _FENCE.sub(_apart, " ".join(words.split()))
        if url.startswith(self._trusted) and not _looks_like_an_address(words):
            return link(url, words)
        if url.startswith(self._trusted):
            return link(url, "")
        return escape(words if words == url or not url else f"{words} ({url})")

    def _clickable(self, text: str) -> str:
        """Escaped text in which the trusted addresses can be clicked."""
        if not any(start in text for start in self._trusted):
            return escape(text)
        starts = "|".join(map(re.escape, self._trusted))
        parts = re.split(rf"((?:{starts})[^\s<>|()\"'`*]*[^\s<>|()\"'`*.,:;!?])", text)
        return "".join(link(part, "") if place % 2 else escape(part) for place, part in enumerate(parts))


def _apart(found: re.Match[str]) -> str:
    return _JOINER.join(found[0])


def _looks_like_an_address(words: str) -> bool:
    return "://" in words or re.match(r"[\w-]+(\.[\w-]+)+/", words) is not None


def _prepared(tokens: _Tokens) -> list[Token]:
    """The tokens with what the library does not know made into what it knows."""
    prepared: list[Token] = []
    folded = False
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type == "html_block":
            found, folded = _html(token.content, folded=folded)
            prepared += _paragraph(found)
        elif token.type == "table_open":
            end = next(at for at in range(place, len(tokens)) if tokens[at].type == "table_close")
            prepared += [] if folded else _table(tokens[place:end])
            place = end
        elif not folded:
            prepared.append(_inline(token, tokens[place - 2 : place]))
        place += 1
    return prepared


def _inline(token: Token, before: _Tokens) -> Token:
    if token.type == "inline" and token.children is not None:
        token.children = _links_whole(token.children)
        task = _TASK.match(token.content)
        first = token.children[0] if token.children else None
        if task and first and first.type == "text" and any(each.type == "list_item_open" for each in before):
            first.content = _TASK.sub("☐ " if task[1] == " " else "☑ ", first.content)
    return token


def _links_whole(children: _Tokens) -> list[Token]:
    """Each link as one token with its words: what stands in it is no longer looked at."""
    whole: list[Token] = []
    within: list[str] | None = None
    for child in children:
        if child.type == "link_open":
            within, href = [], child.attrs.get("href", "")
        elif child.type == "link_close" and within is not None:
            whole.append(Token("leading", "", 0, attrs={"href": href}, content="".join(within)))
            within = None
        elif within is not None:
            within.append(child.content or " ")
        else:
            whole.append(child)
    return whole


def _html(content: str, *, folded: bool) -> tuple[str, bool]:
    """What is shown of a block of HTML, and whether the blocks below it are folded away."""
    content = _COMMENT.sub("", content).strip()
    opens, closes = content.lower().count("<details"), content.lower().count("</details>")
    if folded or closes > opens:
        return "", folded and not closes
    summary = _SUMMARY.search(content)
    if opens:
        return (_TAGS.sub("", summary[1]).strip() if summary else ""), opens > closes
    return content, False


def _paragraph(text: str) -> list[Token]:
    if not text:
        return []
    child = Token("text", "", 0, content=text)
    return [
        Token("paragraph_open", "p", 1),
        Token("inline", "", 0, content=text, children=[child]),
        Token("paragraph_close", "p", -1),
    ]


def _table(tokens: _Tokens) -> list[Token]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_flat(token.children or ()))
    if width(rows) <= WIDEST:
        return [Token("fence", "code", 0, content=as_text(rows))]
    return _paragraph("\n".join(_as_lines(rows)))


def _flat(children: _Tokens) -> str:
    """The words of a line, without what they look like."""
    return " ".join("".join(child.content or " " for child in children).split())


def _as_lines(rows: list[list[str]]) -> list[str]:
    """A table that is too wide, as one line a row."""
    return ["• " + " · ".join(cell for cell in row if cell) for row in rows[1:]]


def _quotes_marked(rendered: str) -> str:
    """Each line of a quote with its mark; Slack knows one level, and none within code."""
    depth, code, lines = 0, False, [""]
    for raw in rendered.split("\n"):
        depth += raw.count(_QUOTE)
        line = raw.replace(_QUOTE, "").replace(_UNQUOTE, "")
        fence = line.startswith("```")
        if depth and line and not code and not fence:
            goes_on = not lines[-1] and lines[-2:-1] and lines[-2].startswith("> ")
            lines[-1:] = [">"] if goes_on else lines[-1:]
            line = f"> {line}"
        if line or code or lines[-1]:  # never two empty lines in a row
            lines.append(line)
        code = code != fence
        depth -= raw.count(_UNQUOTE)
    return "\n".join(lines)
