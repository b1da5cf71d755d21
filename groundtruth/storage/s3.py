"""A store on any S3 endpoint, with django-storages' S3 backend for sessions, configuration and signing.

Two clients: one for the address that this server reaches, one for the address that browsers reach, since the
host is part of what a link's signature covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from .addresses import (
    Address,
    BadAddress,
    Changed,
    Denied,
    Entry,
    Missing,
    Stat,
    StoreError,
    Unreachable,
    bucket_problem,
    content_type_of,
    object_address,
    passive_content_type,
)
from .interface import Writer, check_complete, stream_ranges
from .links import bounded

_THREADS = 8  # puts under way at once; the client keeps ten connections
_PART = 8 * 1024 * 1024  # bytes; S3 wants 5 MiB at least for each part but the last
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NoSuchUpload", "NotFound"})
_DENIED = frozenset({"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})


@dataclass(frozen=True)
class S3Config:
    """How to reach an endpoint. Without keys, boto3 looks in its usual places (a role of the machine)."""

    endpoint_url: str | None = None
    public_endpoint_url: str | None = None
    region_name: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    security_token: str | None = None  # of an assumed role


class S3Store:
    """A `Store` on an S3 endpoint."""

    def __init__(self, config: S3Config) -> None:
        self._client = _client(config, config.endpoint_url)
        public = config.public_endpoint_url
        self._public = _client(config, public) if public else self._client

    # --- reading ---------------------------------------------------------------------------------
    def stat(self, address: Address) -> Stat | None:
        try:
            with _translated(address):
                found = self._client.head_object(**_named(address))
        except Missing:
            return None
        return Stat(found["ContentLength"], _bare(found["ETag"]), found["LastModified"])

    def read(self, address: Address, start: int = 0, length: int | None = None, etag: str | None = None) -> bytes:
        if length is not None and length <= 0:
            return b""
        wanted: dict[str, Any] = _named(address)
        if start or length is not None:
            wanted["Range"] = f"bytes={start}-" + ("" if length is None else str(start + length - 1))
        if etag is not None:
            wanted["IfMatch"] = f'"{etag}"'
        try:
            with _translated(address):
                found = self._client.get_object(**wanted)
                data: bytes = found["Body"].read()
        except _PastTheEnd:
            return b""
        if etag is not None and _bare(found["ETag"]) != etag:  # not every server minds If-Match
            raise Changed(f"{address} was replaced since it was first read.")
        return data

    def stream(self, address: Address, start: int = 0, etag: str | None = None) -> Iterator[bytes]:
        return stream_ranges(self, address, start, etag)

    def list(self, bucket: str, prefix: str, after: str = "") -> Iterator[Entry]:
        _check_bucket(bucket)
        pager = self._client.get_paginator("list_objects_v2")
        pages = iter(pager.paginate(Bucket=bucket, Prefix=prefix, StartAfter=after))
        while True:
            with _translated(f"s3://{bucket}/{prefix}"):
                page = next(pages, None)
            if page is None:
                return
            for item in page.get("Contents", ()):
                if not item["Key"].endswith("/"):  # a console's mark of an empty folder is no object
                    yield Entry(item["Key"], item["Size"], _bare(item["ETag"]))

    # --- writing ---------------------------------------------------------------------------------
    def put(self, address: Address, data: bytes, content_type: str = "application/octet-stream") -> None:
        with _translated(address):
            self._client.put_object(**_named(address), Body=data, ContentType=content_type)

    def put_many(
        self, bucket: str, files: Iterable[tuple[str, bytes]], content_type: str = "application/octet-stream"
    ) -> None:
        def put(file: tuple[str, bytes]) -> None:
            self.put(Address(bucket, file[0]), file[1], content_type)

        with ThreadPoolExecutor(_THREADS) as pool:
            for _ in pool.map(put, files):  # raises the first error, and lets go what was not begun
                pass

    def writer(self, address: Address, content_type: str = "application/octet-stream") -> Writer:
        return _S3Writer(self, address, content_type)

    def delete(self, address: Address) -> None:
        with _translated(address):
            self._client.delete_object(**_named(address))

    def delete_prefix(self, bucket: str, prefix: str) -> int:
        _check_bucket(bucket)
        if not prefix:
            raise BadAddress("Deleting by prefix needs a prefix; a whole bucket is never deleted at once.")
        self._abort_prefix(bucket, prefix)
        deleted, keys = 0, []
        for entry in self.list(bucket, prefix):
            keys.append(entry.key)
            if len(keys) == 1000:  # the most that one request takes
                deleted += self._delete_keys(bucket, keys)
                keys = []
        return deleted + (self._delete_keys(bucket, keys) if keys else 0)

    def _delete_keys(self, bucket: str, keys: Sequence[str]) -> int:
        with _translated(f"s3://{bucket}"):
            wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
            answer = self._client.delete_objects(Bucket=bucket, Delete=wanted)
        if errors := answer.get("Errors"):
            raise StoreError(f"{len(errors)} objects were not deleted: {errors[0].get('Code')}.")
        return len(keys)

    def _abort_prefix(self, bucket: str, prefix: str) -> None:
        with _translated(f"s3://{bucket}/{prefix}"):
            pager = self._client.get_paginator("list_multipart_uploads")
            found = [u for page in pager.paginate(Bucket=bucket, Prefix=prefix) for u in page.get("Uploads", ())]
        for upload in found:
            self.abort_upload(Address(bucket, upload["Key"]), upload["UploadId"])

    # --- links and uploads -----------------------------------------------------------------------
    def sign(
        self, address: Address, seconds: int, *, filename: str | None = None, content_type: str | None = None
    ) -> str:
        shown = {"ResponseContentType": passive_content_type(content_type or content_type_of(address.key))}
        if filename:
            shown["ResponseContentDisposition"] = content_disposition_header(True, filename) or "attachment"
        with _translated(address):
            url: str = self._public.generate_presigned_url(
                "get_object", Params=_named(address) | shown, ExpiresIn=bounded(seconds)
            )
        return url

    def begin_upload(self, address: Address, content_type: str = "application/octet-stream") -> str:
        with _translated(address):
            begun = self._client.create_multipart_upload(**_named(address), ContentType=content_type)
        return str(begun["UploadId"])

    def put_part(self, address: Address, upload_id: str, number: int, data: bytes) -> str:
        if not 1 <= number <= 10_000:
            raise StoreError("A part's number is 1 to 10,000.")
        with _translated(address):
            done = self._client.upload_part(**_named(address), UploadId=upload_id, PartNumber=number, Body=data)
        return _bare(done["ETag"])

    def list_parts(self, address: Address, upload_id: str) -> dict[int, tuple[str, int]]:
        kept, _ = self._parts(address, upload_id)
        return kept

    def finish_upload(self, address: Address, upload_id: str) -> None:
        parts, unclear = self._parts(address, upload_id)
        if unclear:
            raise StoreError(f"Part {min(unclear)} was sent twice at one moment; send it again.")
        check_complete(parts)
        numbered = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, (etag, _) in parts.items()]
        with _translated(address):
            self._client.complete_multipart_upload(
                **_named(address), UploadId=upload_id, MultipartUpload={"Parts": numbered}
            )

    def _parts(self, address: Address, upload_id: str) -> tuple[dict[int, tuple[str, int]], set[int]]:
        """Return the newest of each part, and the numbers of which that cannot be said.

        S3 replaces a part that is sent again; SeaweedFS keeps and lists both, with times in whole seconds.
        """
        with _translated(address):
            pages = self._client.get_paginator("list_parts").paginate(**_named(address), UploadId=upload_id)
            listed = [part for page in pages for part in page.get("Parts", ())]
        listed.sort(key=lambda part: (part["PartNumber"], part["LastModified"]))
        newest = {part["PartNumber"]: part for part in listed}
        unclear = {
            part["PartNumber"]
            for part in listed
            if (last := newest[part["PartNumber"]])["LastModified"] == part["LastModified"]
            and last["ETag"] != part["ETag"]
        }
        kept = {n: (_bare(part["ETag"]), part["Size"]) for n, part in newest.items() if n not in unclear}
        return kept, unclear

    def abort_upload(self, address: Address, upload_id: str) -> None:
        try:
            with _translated(address):
                self._client.abort_multipart_upload(**_named(address), UploadId=upload_id)
        except Missing:
            return

    # --- buckets ---------------------------------------------------------------------------------
    def check(self, bucket: str) -> None:
        _check_bucket(bucket)
        with _translated(f"s3://{bucket}"):
            self._client.head_bucket(Bucket=bucket)

    def make_bucket(self, bucket: str) -> None:
        _check_bucket(bucket)
        try:
            self.check(bucket)
        except Missing:
            with _translated(f"s3://{bucket}"):
                self._client.create_bucket(Bucket=bucket)


class _S3Writer(Writer):
    """Small objects go in one request; the upload in parts begins with the second part."""

    def __init__(self, store: S3Store, address: Address, content_type: str) -> None:
        super().__init__()
        self._store, self._address, self._content_type = store, address, content_type
        _named(address)
        self._buffer = bytearray()
        self._upload_id = ""
        self._sent = 0

    def _append(self, data: bytes) -> None:
        self._buffer += data
        # Parts grow with their number: 10,000 of one size would end at 80 GiB.
        while len(self._buffer) > (size := _PART * (1 + self._sent // 1000)):
            self._send(bytes(self._buffer[:size]))
            del self._buffer[:size]

    def _send(self, data: bytes) -> None:
        if not self._upload_id:
            self._upload_id = self._store.begin_upload(self._address, self._content_type)
        self._sent += 1
        self._store.put_part(self._address, self._upload_id, self._sent, data)

    def _publish(self) -> None:
        if not self._upload_id:
            self._store.put(self._address, bytes(self._buffer), self._content_type)
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        self._store.finish_upload(self._address, self._upload_id)

    def _discard(self) -> None:
        if self._upload_id:
            self._store.abort_upload(self._address, self._upload_id)


class _PastTheEnd(StoreError):
    """The range begins at or after the object's end."""


def _client(config: S3Config, endpoint_url: str | None) -> Any:
    storage = S3Storage(
        endpoint_url=endpoint_url,
        region_name=config.region_name,
        access_key=config.access_key,
        secret_key=config.secret_key,
        security_token=config.security_token,
        bucket_name="unused",  # we name the bucket in each call
        client_config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            # Checksum trailers are unknown to many servers that speak S3.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    return storage.connection.meta.client  # a client, unlike a resource, may be shared by threads


@contextmanager
def _translated(what: object) -> Iterator[None]:
    """Turn boto's errors into the store's."""
    try:
        yield
    except ClientError as error:
        raise _error(error, what) from error
    except BotoCoreError as error:
        raise Unreachable(f"The object store does not answer for {what}: {type(error).__name__}.") from error


def _error(error: ClientError, what: object) -> StoreError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING:
        return Missing(f"There is no {'bucket for ' if code == 'NoSuchBucket' else 'object '}{what}.")
    if code in ("PreconditionFailed", "412"):
        return Changed(f"{what} was replaced since it was first read.")
    if code in ("InvalidRange", "416"):
        return _PastTheEnd(f"{what} ends before the range.")
    if code in _DENIED:
        return Denied(f"The object store refuses access to {what}.")
    if status >= 500:
        return Unreachable(f"The object store failed for {what}: {code}.")
    return StoreError(f"The object store refused {what}: {code}.")


def _named(address: Address) -> dict[str, Any]:
    object_address(address.bucket, address.key)
    return {"Bucket": address.bucket, "Key": address.key}


def _check_bucket(bucket: str) -> None:
    if problem := bucket_problem(bucket):
        raise BadAddress(problem)


def _bare(etag: str) -> str:
    return etag.strip('"')
