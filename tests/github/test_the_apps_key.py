"""What is no key of an App ends the start with one line that says why, and never shows any of it."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from bot.cluster import Cluster
from bot.settings import SettingMissing, Settings
from bot.standins.github import AppRegistration
from bot.wiring import opened


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, locked: KeySerializationEncryption) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked).decode()


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WRONG = {
    "another kind": (pem(ec.generate_private_key(ec.SECP256R1()), NoEncryption()), "it is no RSA key"),
    "locked": (pem(RSA, BestAvailableEncryption(b"a password")), "it is locked with a password"),
    "cut off": ("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----\n", "it cannot be read"),
}


def settings(folder: Path, key: str) -> Settings:
    return Settings.read(data_dir=folder, github_app_id=1, github_private_key=key, github_webhook_secret="s")


@pytest.mark.parametrize(("key", "why"), WRONG.values(), ids=WRONG)
async def test_a_wrong_key_is_named_at_the_start(tmp_path: Path, key: str, why: str) -> None:
    async with Cluster.at("http://127.0.0.1:9", token="t") as cluster:
        with pytest.raises(SettingMissing, match=why) as refused:
            async with opened(settings(tmp_path, key), cluster):
                pass
    assert key.splitlines()[1] not in str(refused.value)


async def test_the_key_that_github_gave_is_taken(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with (
        Cluster.at("http://127.0.0.1:9", token="t") as cluster,
        opened(settings(tmp_path, app_registration.private_key_pem), cluster) as world,
    ):
        assert world.github is not None
