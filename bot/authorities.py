"""The certificate authorities that the bot's HTTPS clients trust. Read once a process and shared by all of its clients:
reading them takes tens of milliseconds of CPU, which a client of plain HTTP would spend for nothing."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """httpx's own choice: those of SSL_CERT_FILE or SSL_CERT_DIR where these are set, else certifi's."""
    return httpx.create_ssl_context()
