"""Pictures for tests, and the head of an MP4 that says how large it is."""

import io
import struct

from PIL import Image


def picture(width: int = 640, height: int = 480, form: str = "JPEG", color: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, form)
    return buffer.getvalue()


def mp4(width: int = 720, height: int = 1280, seconds: int = 7, padding: int = 0) -> bytes:
    """Return an MP4 without any frame, which is all that Telegram looks at."""
    movie_header = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    track_header = bytes(76) + struct.pack(">II", width << 16, height << 16)
    track = box(b"trak", box(b"tkhd", track_header))
    movie = box(b"moov", box(b"mvhd", movie_header) + track)
    return box(b"ftyp", b"isom" + bytes(4)) + movie + box(b"mdat", bytes(padding))


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body
