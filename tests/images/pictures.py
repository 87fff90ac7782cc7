"""Small files of each format, made here: a real PNG, and of the others the bytes that tell their size and their end."""

import struct
import zlib


def png(width: int, height: int, *, seed: int = 0) -> bytes:
    """A whole image of one colour."""
    row = b"\0" + bytes([seed % 256]) * (3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif(width: int, height: int) -> bytes:
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def jpeg(width: int, height: int, *, more: bytes = b"", frame: int = 0xC0) -> bytes:
    """`more`: segments before the frame's."""
    start = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + more
    segment = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    return start + bytes([0xFF, frame]) + struct.pack(">H", len(segment) + 2) + segment + b"\xff\xda\0\x02x\xff\xd9"


def webp(width: int, height: int, *, kind: bytes = b"VP8 ") -> bytes:
    match kind:
        case b"VP8 ":
            body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 4
        case b"VP8L":
            body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 4
        case _:
            body = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk
