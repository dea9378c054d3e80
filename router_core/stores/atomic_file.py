"""Files that are replaced as a whole, and never half written."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

__all__ = ["alone_in", "aside", "sweep", "write_atomically"]

_PATIENCE_S: Final = 5.0
"""Others hold a folder for some milliseconds each."""
_BETWEEN_TRIES_S: Final = 0.02


def write_atomically(path: Path, content: bytes, expected: bytes | None = None) -> bool:
    """Replaces a file, whole or not at all; a new one is its owner's alone (mode 0600).

    When it returns, the new content survives a power cut. Of a link, what it leads to
    is replaced. A file that is there keeps its mode, and its owner and group where the
    process may give them.

    Args:
        path: the file; its folder is there.
        content: what it shall hold.
        expected: what it must hold at the last moment before; ``None``: whatever.

    Returns:
        False: it holds something else than expected, and was left alone.

    Raises:
        OSError: it could not be written; the old file stands.
    """
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _own_like(path, file.fileno())
            os.fsync(file.fileno())
        if expected is not None and path.read_bytes() != expected:
            temporary.unlink()
            return False
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return True


def sweep(path: Path) -> None:
    """Removes what a writer of a file that was killed has left beside it."""
    path = path.resolve()
    with contextlib.suppress(OSError), alone_in(path.parent):
        for left in path.parent.glob(f".{path.name}.*.tmp"):
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def alone_in(folder: Path, limit_s: float = _PATIENCE_S) -> Iterator[None]:
    """Keeps other routers from replacing files in a folder meanwhile; editors do not ask.

    Args:
        folder: the folder.
        limit_s: how long to wait for others, in seconds.

    Raises:
        OSError: it is not there, or another process keeps it locked.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, time.monotonic() + limit_s)
        yield
    finally:
        os.close(descriptor)


def aside(path: Path, what: str, now: datetime) -> Path:
    """The name for a copy of a file that is put aside; no two get the same."""
    stem = f"{path.name}.{what}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    names = (stem, *(f"{stem}-{n}" for n in range(2, 1000)))
    return next(free for name in names if not (free := path.with_name(name)).exists())


def _own_like(path: Path, descriptor: int) -> None:
    """Gives a new file the mode of the one at a path, and its owner, as far as that may be."""
    with contextlib.suppress(OSError):
        there = path.stat()
        for owner, group in ((-1, there.st_gid), (there.st_uid, -1)):
            with contextlib.suppress(OSError):
                os.fchown(descriptor, owner, group)
        os.fchmod(descriptor, there.st_mode & 0o777)


def _lock(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # One that was stopped while it held the lock would hold us up for ever.
            if time.monotonic() >= until:
                raise TimeoutError(errno.ETIMEDOUT, "another process locks its folder") from None
            time.sleep(_BETWEEN_TRIES_S)
        except OSError:  # not every file system has locks
            return
        else:
            return


def _sync_folder(folder: Path) -> None:
    """Makes a rename in a folder last, where the file system has a way to do that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
