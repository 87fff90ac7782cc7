"""In every language functions are packed whole, and what an issue names is found: the guard against tuning to one of them."""

import pytest

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import Ranking, ranked
from tests.runner import reading

# One file a language with a function `findVoucher` and what stands around it; ⟦ and ⟧ mark its first and last line.
SHOPS = {
    "shop.ts": """import { Cart } from "./cart";

export class Server<T> extends Base {
  private port: number = 1;

  /** Finds it. */⟦
  @Get("/voucher")
  async findVoucher(code: string): Promise<T> {
    const inner = () => 1;
    return this.store.get(code);
  }⟧

  stop(): void {
    this.port = 0;
  }
}
""",
    "field.tsx": """export class Form extends Component {
  findVoucher = async (code: string) => {⟦
    await load(code);
  };⟧

  render() {
    return <p>{this.port}</p>;
  }
}
""",
    "arrow.ts": """export const stop = () => {
  port = 0;
};

export const findVoucher = <T>(code: string): T => {⟦
  return store.get(code);
};⟧
""",
    "common.js": """exports.stop = () => {
  port = 0;
};
Server.prototype.findVoucher = function (code) {⟦
  return store.get(code);
};⟧
""",
    "shop.go": """package shop

type Store[K comparable] struct {
	port int
}

// findVoucher finds it.⟦
func (s *Store[K]) findVoucher(code K) (string, error) {
	inner := func() int { return 1 }
	return s.get(code, inner())
}⟧

func (s *Store[K]) stop() {
	s.port = 0
}
""",
    "shop.rs": """pub struct Store<T> {
    port: T,
}

impl<T: Clone> Store<T> {
    /// Finds it.⟦
    #[inline]
    pub async fn findVoucher(&self, code: &str) -> Option<T> {
        self.get(code)
    }⟧

    fn stop(&mut self) {
        self.port = 0;
    }
}
""",
    "Shop.java": """package shop;

public class Shop<T> {
  private int port = 1;

  /** Finds it. */⟦
  @Override
  public T findVoucher(String code) throws Gone {
    return store.get(code);
  }⟧

  static class Inner {
    void stop() { port = 0; }
  }
}
""",
    "shop.c": """#include "shop.h"

/* Finds it. */⟦
static struct voucher *
findVoucher(const char *code)
{
    return get(code);
}⟧

void stop(void)
{
    port = 0;
}
""",
    "shop.cpp": """#include "shop.h"
namespace shop {

template <typename T>⟦
T Store<T>::findVoucher(const std::string& code) const {
  return get(code);
}⟧

void Store::stop() {
  port = 0;
}
}
""",
    "Shop.cs": """namespace Shop;

public class Store : Base
{
    public int Port { get; set; }

    /// <summary>Finds it.</summary>⟦
    [HttpGet]
    public async Task<Voucher> findVoucher(string code)
    {
        return await Get(code);
    }⟧

    public void Stop() => Port = 0;
}
""",
    "shop.rb": """module Shop
  class Store < Base
    # Finds it.⟦
    def findVoucher(code)
      get(code)
    end⟧

    def self.stop
      @port = 0
    end
  end
end
""",
    "shop.php": """<?php
namespace Shop;

final class Store extends Base
{
    /** Finds it. */⟦
    #[Route('/voucher')]
    public function findVoucher(string $code): Voucher
    {
        return $this->get($code);
    }⟧

    private function stop(): void
    {
        $this->port = 0;
    }
}
""",
    "shop.py": """class Store(Base):
    port = 1

    # Finds it.⟦
    @cached
    def findVoucher(self, code):
        def inner():
            return 1

        return self.get(code, inner())⟧

    def stop(self):
        self.port = 0
""",
}
BESIDE = {
    "docs/vouchers.md": "# Vouchers\n\nA voucher has a code. Vouchers are found by their code.\n",
    "tests/test_shop.py": "def test_voucher():\n    assert store.findVoucher('x') is None\n",
    "cart.py": "class Cart:\n    def total(self):\n        return sum(self.lines)\n\n    def stop(self):\n        return self.code\n",
    "mail.go": "package mail\n\nfunc Send(code string) error {\n\treturn post(code)\n}\n",
}


def plain(marked: str) -> tuple[str, int, int]:
    """The text, and the first and last line of the function."""
    before, _, rest = marked.partition("⟦")
    inside, _, after = rest.partition("⟧")
    return before + inside + after, before.count("\n") + 1, before.count("\n") + 1 + inside.count("\n")


def asked(path: str, title: str, body: str) -> Ranking:
    files = {**BESIDE, f"src/{path}": plain(SHOPS[path])[0]}
    return ranked(Corpus.of_texts(files), query_of(title, body))


@pytest.mark.parametrize("path", SHOPS)
def test_a_function_is_one_part_with_its_comment_and_its_decorators(path: str) -> None:
    text, first, last = plain(SHOPS[path])
    [part] = [chunk for chunk in reading.parts(path, text) if chunk.name.rpartition(".")[2] == "findVoucher"]
    assert part.kind == "function"
    assert first - 1 <= part.first <= first  # a blank line before it may go with it
    assert part.last >= last
    shown = "\n".join(text.split("\n")[part.first - 1 : part.last])
    assert "port = 0" not in shown


@pytest.mark.parametrize("path", SHOPS)
@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("An expired voucher is accepted", "`findVoucher` does not look at its date."),
        ("findVoucher: an expired voucher is accepted", ""),
        ("Wrong answer", "I see it in src/{path}, where the voucher is found by its code."),
        ("Crash", "at findVoucher (/app/src/{path}:{line}:7)\nat main (/app/main:1:1)"),
        ("Crash", "panic: gone\n\ngoroutine 1:\n\t/go/src/{path}:{line} +0x1d"),
    ],
)
def test_what_an_issue_names_comes_first_in_every_language(path: str, title: str, body: str) -> None:
    line = plain(SHOPS[path])[2] - 1
    ranking = asked(path, title, body.format(path=path, line=line))
    assert ranking.files[0] == f"src/{path}"
    parts = [(part.path, part.chunk.name.rpartition(".")[2]) for part in ranking.parts]
    assert (f"src/{path}", "findVoucher") in parts[:5]
    if "findVoucher" in title + body:
        assert next(name for of, name in parts if of == f"src/{path}") == "findVoucher"


def test_a_language_without_a_grammar_is_packed_in_blocks() -> None:
    text = "\n\n".join(f"fun f{number}() {{\n{'    x()' + chr(10)}}}" for number in range(60))
    parts = reading.parts("a.kt", text)
    lines = text.split("\n")
    assert len(parts) > 1
    assert all(lines[part.first - 1].startswith("fun") or not lines[part.first - 1] for part in parts)
