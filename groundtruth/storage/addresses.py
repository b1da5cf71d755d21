"""Addresses of stored objects and the values and errors of a store. No Django here: pure modules import it.

An address is `s3://bucket/key`, and means the same for the store on disk and for any S3 endpoint. Keys that a
file system would read in another way than S3 does are refused everywhere, so that no key can climb out of its
bucket and every object can move between the two stores.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath

MAX_KEY_BYTES = 1024  # the limit of S3
_SEGMENT = r"[^/\\\x00-\x1f\x7f\ud800-\udfff]+"
_KEY = re.compile(rf"(?:(?!\.{{1,2}}/){_SEGMENT}/)*(?:(?!\.{{1,2}}\Z){_SEGMENT})?")
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_IP = re.compile(r"\d+\.\d+\.\d+\.\d+")

# What a browser would run, or read as markup with our address on it, goes out as plain text.
_ACTIVE = frozenset(
    ["text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/xsl", "application/xslt+xml"]
    + ["text/css", "text/javascript", "application/javascript", "application/ecmascript"]
    + ["multipart/x-mixed-replace"]
)
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}")
_BYTES = "application/octet-stream"
_MEDIA_TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff",
    ".mp4": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".ogg": "application/ogg",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".flac": "audio/flac", ".m4a": "audio/mp4",
    ".json": "application/json", ".manifest": "application/x-ndjson", ".jsonl": "application/x-ndjson",
    ".txt": "text/plain", ".csv": "text/csv", ".md": "text/plain", ".pdf": "application/pdf",
    ".html": "text/plain", ".htm": "text/plain", ".xhtml": "text/plain", ".xml": "text/plain",
    ".js": "text/plain", ".zip": "application/zip", ".gz": "application/gzip",
}  # fmt: skip


class StoreError(Exception):
    """Something is wrong with the object store; the message is a sentence that a person can act on."""


class BadAddress(StoreError):
    """The address is not one that any store may hold."""


class Missing(StoreError):
    """No such object, upload or bucket."""


class Changed(StoreError):
    """The object is not the version that the caller began with."""


class Denied(StoreError):
    """The store, or our own rule, refuses access."""


class Unreachable(StoreError):
    """The store does not answer; trying later may help."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A place in a store: a bucket, and an object's key or (empty, or ending in `/`) a prefix."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def __str__(self) -> str:
        return self.uri


@dataclass(frozen=True, slots=True)
class Stat:
    """What a store says about an object: size in bytes, a version mark, when it was written (aware, UTC)."""

    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a listing: key within its bucket, size in bytes, version mark."""

    key: str
    size: int
    etag: str


def parse_uri(uri: str) -> Address:
    """Return the address that `s3://bucket/key` names; an empty key, or one ending in `/`, is a prefix.

    Raises BadAddress, with a sentence, for all that `uri_problem` finds.
    """
    if problem := uri_problem(uri):
        raise BadAddress(problem)
    bucket, _, key = uri[5:].partition("/")
    return Address(bucket, key)


def object_address(bucket: str, key: str) -> Address:
    """Return the address of one object. Raises BadAddress where the bucket or the key is not a valid one."""
    if problem := bucket_problem(bucket) or key_problem(key) or _no_object(key):
        raise BadAddress(problem)
    return Address(bucket, key)


def uri_problem(uri: str) -> str | None:
    """Return what is wrong with an address as a sentence, or None where it is good."""
    if not uri.startswith("s3://"):
        return "The address must begin with s3://."
    bucket, _, key = uri[5:].partition("/")
    return bucket_problem(bucket) or key_problem(key)


def object_uri_problem(uri: str) -> str | None:
    """Return what is wrong with the address of one object as a sentence, or None where it is good."""
    return uri_problem(uri) or _no_object(uri[5:].partition("/")[2])


@lru_cache(maxsize=1024)
def bucket_problem(bucket: str) -> str | None:
    """Return what is wrong with a bucket's name (the rules of S3) as a sentence, or None where it is good."""
    if not bucket:
        return "The address names no bucket."
    if not _BUCKET.fullmatch(bucket) or _IP.fullmatch(bucket):
        return "A bucket's name has 3 to 63 small letters, digits, dots and hyphens, and is no IP address."
    return None


def key_problem(key: str) -> str | None:
    """Return what is wrong with a key or prefix as a sentence, or None where it is good."""
    if _KEY.fullmatch(key) and (len(key) * 4 <= MAX_KEY_BYTES or len(key.encode()) <= MAX_KEY_BYTES):
        return None
    if key.startswith("/"):
        return "The key must not begin with a slash."
    if "\\" in key:
        return "The key must not hold a backslash."
    segments = key.split("/")
    if ".." in segments or "." in segments:
        return "The key must not hold the segments . or .., which mean other folders on a disk."
    if "" in segments[:-1]:
        return "The key must not hold two slashes in a row."
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", key):
        return "The key must not hold control characters or broken Unicode."
    return f"The key is longer than {MAX_KEY_BYTES} bytes."


def content_type_of(key: str) -> str:
    """Return the type under which an object may be shown in a browser, from its key's extension."""
    return _MEDIA_TYPES.get(PurePosixPath(key).suffix.lower(), _BYTES)


def passive_content_type(content_type: str) -> str:
    """Return a type that no browser runs: markup and scripts become plain text, nonsense a byte stream."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _ACTIVE:
        return "text/plain"
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else _BYTES


def _no_object(key: str) -> str | None:
    return None if key and not key.endswith("/") else "The address names a folder and not an object."
