"""An S3 server of the tests' own: SeaweedFS, which enforces signatures, expiry and access."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.services import free_ports, running


@dataclass(frozen=True)
class ObjectStore:
    """A running S3 server: its administrator, and a guest who may only use the bucket "guest"."""

    endpoint: str
    access_key: str
    secret_key: str
    guest_access_key: str
    guest_secret_key: str
    region: str = "us-east-1"

    def client(self) -> Any:
        """Return a boto3 client of the administrator."""
        return self._client(self.access_key, self.secret_key)

    def guest_client(self) -> Any:
        """Return a boto3 client that every bucket but "guest" refuses."""
        return self._client(self.guest_access_key, self.guest_secret_key)

    def _client(self, access_key: str, secret_key: str) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=3,
                retries={"max_attempts": 1},
            ),
        )


@contextlib.contextmanager
def object_store(program: str) -> Iterator[ObjectStore]:
    """Run an S3 server on this machine alone, with the bucket "guest" made."""
    folder = Path(tempfile.mkdtemp(prefix="gt-s3-"))
    port = free_ports(4, also_above=10_000)  # each of the four servers speaks gRPC 10,000 above
    store = ObjectStore(f"http://127.0.0.1:{port}", *(secrets.token_hex(16) for _ in range(4)))
    (folder / "data").mkdir()
    (folder / "s3.json").write_text(json.dumps({"identities": _identities(store)}))
    environment = {**os.environ, "WEED_S3_SSE_KEK": secrets.token_hex(32)}  # else encrypted puts are a 500
    try:
        with running(
            [program, *_weed_options(folder, port)],
            log=folder / "log",
            is_up=lambda: _takes_objects(store),
            stop=signal.SIGKILL,  # asked nicely it takes 10 s, and its data goes anyway
            env=environment,
            cwd=folder,
        ):
            yield store
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _weed_options(folder: Path, port: int) -> list[str]:
    return [
        "server",
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",  # its default is every interface, and only S3 asks who is there
        f"-master.port={port + 1}",
        f"-volume.port={port + 2}",
        f"-filer.port={port + 3}",
        "-s3",
        f"-s3.port={port}",
        f"-s3.config={folder / 's3.json'}",
        "-s3.iam.readOnly=false",
        "-s3.port.iceberg=0",  # would open fixed ports
        "-s3.port.lance=0",
        "-volume.max=0",
        "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",  # on by default
    ]


def _identities(store: ObjectStore) -> list[dict[str, Any]]:
    def identity(name: str, access_key: str, secret_key: str, actions: list[str]) -> dict[str, Any]:
        credentials = [{"accessKey": access_key, "secretKey": secret_key}]
        return {"name": name, "credentials": credentials, "actions": actions}

    everything = ["Admin", "Read", "List", "Tagging", "Write"]
    one_bucket = ["Read:guest", "List:guest", "Tagging:guest", "Write:guest"]
    return [
        identity("admin", store.access_key, store.secret_key, everything),
        identity("guest", store.guest_access_key, store.guest_secret_key, one_bucket),
    ]


def _takes_objects(store: ObjectStore) -> bool:
    client = store.client()
    try:  # S3 answers before the volume behind it does: only a put shows that all are up
        client.create_bucket(Bucket="guest")
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}:
            return False
    except BotoCoreError:
        return False
    try:
        client.put_object(Bucket="guest", Key="is-up", Body=b"")
    except (BotoCoreError, ClientError):
        return False
    client.delete_object(Bucket="guest", Key="is-up")
    return True
