"""The App's private key, read from its PEM text. Called where the client is made; a key never reaches a log from here.

Reading checks the key's numbers, which takes longer than fifty signatures: it is done once a process, not for each
client and each token.
"""

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class UnreadableKey(ValueError):
    """It is no private key that GitHub gives to an App."""


@lru_cache(maxsize=2)
def app_key(pem: str) -> RSAPrivateKey:
    """Raises UnreadableKey for a key that is broken, has a password, or is of another kind than RSA."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise UnreadableKey("it is locked with a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UnreadableKey("it cannot be read: take the file as GitHub gave it") from None
    if not isinstance(key, RSAPrivateKey):
        raise UnreadableKey("it is no RSA key, which GitHub's are")
    return key
