"""The server's certificates and a kubeconfig for it. Whoever starts the embedded server calls here once.

kubectl and helm send a token only over TLS (client-go drops credentials for http addresses), so a server that people
shall reach with them needs certificates: an authority of its own, and a server certificate for loopback names.
"""

import ipaddress
import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the authority that clients trust, and the server's certificate and key (mode 0600)."""

    authority: Path
    certificate: Path
    key: Path


def certificates(directory: Path, *, names: Sequence[str] = LOOPBACK) -> TlsFiles:
    """Certificates in `directory`, made anew where there are none or they are about to expire."""
    files = TlsFiles(directory / "ca.crt", directory / "server.crt", directory / "server.key")
    if not all(path.is_file() for path in (files.authority, files.certificate, files.key)) or _expires(files):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(files, names)
    return files


def _expires(files: TlsFiles) -> bool:
    known = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    return known.not_valid_after_utc - RENEW_BEFORE < datetime.now(UTC)


def _make(files: TlsFiles, names: Sequence[str]) -> None:
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("vteam embedded authority")
    authority = (
        _builder(issuer, issuer, authority_key.public_key(), issuer_key=authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _builder(_name("vteam embedded api"), issuer, key.public_key(), issuer_key=authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(files.key, private)
    files.certificate.write_bytes(certificate.public_bytes(pem))
    files.authority.write_bytes(authority.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, issuer_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    start = datetime.now(UTC) - timedelta(minutes=5)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def write_kubeconfig(path: Path, *, url: str, token: str, authority: Path | None, namespace: str = "default") -> None:
    """A kubeconfig with one context, mode 0600. `authority` is None for an http address."""
    cluster: dict[str, Any] = {"server": url}
    if authority is not None:
        cluster["certificate-authority-data"] = b64encode(authority.read_bytes()).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "vteam", "cluster": cluster}],
        "users": [{"name": "vteam-admin", "user": {"token": token}}],
        "contexts": [{"name": "vteam", "context": {"cluster": "vteam", "user": "vteam-admin", "namespace": namespace}}],
        "current-context": "vteam",
    }
    write_private(path, yaml.safe_dump(document).encode())
