"""Just enough of MP4 to know whether it is one, and how large and long the picture is."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = struct.Struct(">I4s")
LONG_SIZE = struct.Struct(">Q")
SIZE_FOLLOWS = 1
FIXED_POINT = 65536


@dataclass(frozen=True)
class Geometry:
    width: int
    height: int
    duration_s: int


def is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def geometry_of(data: bytes) -> Geometry | None:
    """Return what the headers say of the first track with a picture."""
    try:
        movie = next(body for name, body in _boxes(data) if name == b"moov")
        duration_s = _duration_s(next(body for name, body in _boxes(movie) if name == b"mvhd"))
        for track in (body for name, body in _boxes(movie) if name == b"trak"):
            header = next(body for name, body in _boxes(track) if name == b"tkhd")
            width, height = (side // FIXED_POINT for side in struct.unpack(">II", header[-8:]))
            if width and height:
                return Geometry(width, height, duration_s)
    except (StopIteration, struct.error, ZeroDivisionError):
        return None
    return None


def _duration_s(header: bytes) -> int:
    form = ">IQ" if header[0] == 1 else ">II"
    timescale, duration = struct.unpack_from(form, header, 20 if header[0] == 1 else 12)
    return round(duration / timescale)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + HEADER.size <= len(data):
        size, name = HEADER.unpack_from(data, position)
        begin = position + HEADER.size
        if size == SIZE_FOLLOWS:
            (size,) = LONG_SIZE.unpack_from(data, begin)
            begin += LONG_SIZE.size
        end = position + size if size else len(data)
        if end < begin:
            return
        yield name, data[begin:end]
        position = end
