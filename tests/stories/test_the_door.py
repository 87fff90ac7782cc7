"""The webhook door: what comes in gets its answer in words, and only what is signed is kept."""

import asyncio
import hashlib
import hmac
import io
import json

import aiohttp
import pytest

from tests.house import House

COMMENT = {"action": "created", "comment": {"id": 1, "body": "hello"}}


async def knock(
    house: House, body: bytes, *, event: str = "issue_comment", secret: str | None = None
) -> tuple[int, str]:
    """A delivery by hand; the status and the text of the answer."""
    configured = house.bot.settings.github_webhook_secret
    assert configured is not None
    key = secret if secret is not None else configured.get_secret_value()
    signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": "11111111-2222", "X-Hub-Signature-256": signature}
    url = f"http://127.0.0.1:{house.bot.settings.port}/webhooks/github"
    async with aiohttp.ClientSession() as http, http.post(url, data=io.BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("body", "event", "secret", "status", "words"),
    [
        (b"{}", "issue_comment", "wrong", 401, "signature"),
        (b"not json", "issue_comment", None, 400, "not JSON"),
        (b"[1]", "issue_comment", None, 400, "not JSON"),
        (b"{}", "ISSUE COMMENT", None, 400, "X-GitHub-Event"),
        (b"{}", "moon_phase", None, 202, "unknown_event"),
        (b'{"action": "pinned"}', "issue_comment", None, 202, "unknown_action"),
        (json.dumps(COMMENT).encode(), "issue_comment", None, 202, "no_command"),
        (b'{"action": "created", "comment": {"body": "/vteam fix"}}', "issue_comment", None, 202, "incomplete_payload"),
        (b'{"zen": "Keep it logically awesome."}', "ping", None, 202, "ping"),
    ],
)
async def test_what_comes_in_gets_its_answer(
    house: House, body: bytes, event: str, secret: str | None, status: int, words: str
) -> None:
    answered = await knock(house, body, event=event, secret=secret)
    assert answered[0] == status
    assert words in answered[1]
    await house.settle()
    assert await house.sessions() == []


async def test_a_body_above_25_mb_is_too_large(house: House) -> None:
    status, words = await knock(house, b" " * 25_000_001)
    assert status == 413
    assert "25,000,000 bytes" in words


@pytest.mark.parametrize("path", ["/webhooks/github", "/webhooks/slack"])
async def test_who_hangs_up_halfway_is_no_fault_of_ours(
    house: House, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", house.bot.settings.port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: bot\r\nContent-Length: 100\r\n\r\nhalf".encode())
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.2)
    assert caplog.records == []
    assert (await knock(house, b'{"zen": "Keep it logically awesome."}', event="ping"))[0] == 202


async def test_the_pages_for_machines(house: House) -> None:
    base = f"http://127.0.0.1:{house.bot.settings.port}"
    await knock(house, b'{"zen": "x"}', event="ping")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{base}/healthz") as answer:
            assert answer.status == 200
        async with http.get(f"{base}/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"missing": []})
        async with http.get(f"{base}/metrics") as answer:
            assert 'vteam_deliveries_total{outcome="ignored",reason="ping"} 1.0' in await answer.text()
