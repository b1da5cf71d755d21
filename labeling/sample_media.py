"""What a sample shows in place of stored objects: a small picture, a mask, a moment of silence, a text."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from urllib.parse import quote

from PIL import Image, ImageDraw

TEXT = "The museum in Lisbon opened on Monday. Maria liked the tiles, but the soup was cold."
COLORS = ["#2ca02c", "#1f77b4"]
SIZE = (480, 320)  # pixels of the sample picture
FILM = "data:video/mp4,"


@lru_cache(maxsize=1)
def picture() -> str:
    """Return a small picture as a data address."""
    image = Image.new("RGB", SIZE, "#c9d6df")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 230), (130, 130), (215, 195), (310, 95), (480, 230), (480, 320), (0, 320)], fill="#7d95a5")
    draw.ellipse((70, 35, 130, 95), fill="#f3e3b3")
    return _address("image/png", _saved(image))


def picture_data() -> str:
    """Return the same as base64 alone."""
    return picture().partition(",")[2]


@lru_cache(maxsize=1)
def mask() -> str:
    """Return the mask of an earlier job for the picture: one colour on nothing."""
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((70, 35, 130, 95), fill=COLORS[0])
    return _address("image/png", _saved(image))


def _saved(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def text_address() -> str:
    return "data:text/plain;charset=utf-8," + quote(TEXT)


def sound() -> str:
    """Return a tenth of a second of silence."""
    samples = bytes([128]) * 800
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"\x01\0\x01\0" + (8000).to_bytes(4, "little") * 2 + b"\x01\0\x08\0"
    return _address("audio/wav", head + form + b"data" + len(samples).to_bytes(4, "little") + samples)


def stand_in(uri: str) -> str:
    """Return what a stored object's address shows in a sample, by its ending; a picture unless it says more."""
    ending = uri.partition("?")[0].rpartition(".")[2].lower()
    if ending in ("txt", "json", "csv", "html", "vtt", "srt", "xml"):
        return text_address()
    if ending in ("mp4", "webm", "mov", "m4v", "ogv"):
        return FILM
    return sound() if ending in ("wav", "mp3", "ogg", "flac", "m4a") else picture()
