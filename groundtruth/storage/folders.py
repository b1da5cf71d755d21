"""Folders of the store on disk: where a key lives, that no link leads out, and what stands under a prefix."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .addresses import Address, BadAddress, Denied, Missing, StoreError, object_address

LINKED = "A symbolic link stands in the object's path; the store follows none."
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_KNOWN = 50_000  # folders remembered before we begin anew


class Folders:
    """The buckets under one root. Symbolic links inside the root are never followed."""

    def __init__(self, root: str) -> None:
        self.root = root  # resolved: the root itself may be a link
        # Folder: (device, inode) when it was found to be free of links.
        self._known: dict[str, tuple[int, int]] = {}

    def bucket(self, bucket: str) -> str:
        """Return a bucket's folder. Raises Missing, or Denied for a link."""
        folder = f"{self.root}/{bucket}"
        if not self.is_safe(folder):
            raise Missing(f"There is no bucket {bucket}.")
        return folder

    def path(self, address: Address) -> str:
        """Return where an object stands. Raises BadAddress for an address that is no object's."""
        object_address(address.bucket, address.key)
        return f"{self.root}/{address.bucket}/{address.key}"

    def is_safe(self, folder: str) -> bool:
        """Return whether a folder exists. Raises Denied where a link is part of its path.

        One stat for a known folder: the same device and inode mean the same, already examined, real folder.
        """
        try:
            found = os.stat(folder)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise disk_error(error, folder) from error
        if self._known.get(folder) == (found.st_dev, found.st_ino):
            return True
        if os.path.realpath(folder) != folder:
            raise Denied(LINKED)
        if not stat.S_ISDIR(found.st_mode):
            return False
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[folder] = (found.st_dev, found.st_ino)
        return True

    def make(self, folder: str) -> None:
        """Make a folder and its parents. Raises OSError, or Denied where a link would lead them elsewhere."""
        parent = os.path.dirname(folder)
        while len(parent) > len(self.root) and not os.path.lexists(parent):
            parent = os.path.dirname(parent)
        self.is_safe(parent)
        try:
            os.makedirs(folder, exist_ok=True)
        except FileExistsError:
            if os.path.lexists(folder) and not os.path.isdir(folder):
                raise
            # Another thread made it and removed it again at this moment: the caller tries anew.
        self.is_safe(folder)

    @contextmanager
    def held(self) -> Iterator[HeldFolders]:
        """Hold folders open while many files are written one after the other."""
        try:
            held = HeldFolders(self.root)
        except OSError as error:
            raise disk_error(error, self.root) from error
        try:
            yield held
        finally:
            held.leave(0)

    def prune(self, folder: str, bucket: str) -> None:
        """Remove a folder and its parents as far as they are empty, but never the bucket's own."""
        top = f"{self.root}/{bucket}"
        while len(folder) > len(top):
            try:
                os.rmdir(folder)
            except OSError:  # not empty, or another process was faster: both end the walk
                return
            folder = os.path.dirname(folder)

    def walk(self, bucket: str, prefix: str, after: str = "") -> Iterator[tuple[str, os.stat_result]]:
        """Yield (key, stat) of files whose key begins with `prefix` and is greater than `after`, in order."""
        top = self.bucket(bucket)
        start = prefix.rpartition("/")[0]
        folder = f"{top}/{start}" if start else top
        if self.is_safe(folder):
            yield from self._walk(folder, f"{start}/" if start else "", prefix, after)

    def _walk(self, folder: str, base: str, prefix: str, after: str) -> Iterator[tuple[str, os.stat_result]]:
        for name, item in _sorted_items(folder):
            key = base + name
            if name.endswith("/"):
                passed = key < after and not after.startswith(key)
                if not passed and (key.startswith(prefix) or prefix.startswith(key)):
                    yield from self._walk(item.path, key, prefix, after)
            elif key > after and key.startswith(prefix):
                try:
                    yield key, item.stat(follow_symlinks=False)
                except FileNotFoundError:  # deleted since the folder was read
                    continue


class HeldFolders:
    """The folders on the way to the last one entered, held open: no link put in their place later leads elsewhere."""

    def __init__(self, root: str) -> None:
        self._files = [os.open(root, _FOLDER)]  # the root's, then one for each name
        self._names: list[str] = []

    def enter(self, folder: str) -> int:
        """Return the descriptor of a folder below the root, made where it is not there; good until the next call.

        Raises OSError, or Denied for a link.
        """
        names = folder.split("/")
        shared = 0
        for mine, wanted in zip(self._names, names, strict=False):
            if mine != wanted:
                break
            shared += 1
        self.leave(shared + 1)
        for name in names[shared:]:
            self._files.append(_open_folder(name, self._files[-1]))
            self._names.append(name)
        return self._files[-1]

    def leave(self, kept: int) -> None:
        """Close all but the first `kept` descriptors, the root's among them."""
        while len(self._files) > kept:
            os.close(self._files.pop())
        del self._names[max(0, kept - 1) :]


def _open_folder(name: str, parent: int) -> int:
    """Return the descriptor of a folder, made where it is not there. Raises OSError, or Denied for a link."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except OSError as error:
        if stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise Denied(LINKED) from error
        raise


def _sorted_items(folder: str) -> list[tuple[str, os.DirEntry[str]]]:
    """Return files and folders in the order of the keys: a folder sorts as its name with a slash."""
    try:
        with os.scandir(folder) as items:
            named = [
                (item.name + "/" if item.is_dir(follow_symlinks=False) else item.name, item)
                for item in items
                if item.is_dir(follow_symlinks=False) or item.is_file(follow_symlinks=False)
            ]
    except FileNotFoundError:  # deleted since its parent was read
        return []
    return sorted(named, key=lambda pair: pair[0])


def disk_error(error: OSError, what: object) -> StoreError:
    """Return the store's error, with its sentence, for an error of the file system."""
    match error:
        case FileNotFoundError():
            return Missing(f"There is no object {what}.")
        case NotADirectoryError() | FileExistsError() | IsADirectoryError():
            return StoreError(f"{what} cannot stand on disk: a folder and an object would have one name.")
        case PermissionError():
            return Denied(f"The store's folder refuses access to {what}.")
    if error.errno == errno.ENAMETOOLONG:
        return BadAddress("A part of the key is longer than the disk allows (255 bytes).")
    return StoreError(f"The disk failed for {what}: {error.strerror}.")
