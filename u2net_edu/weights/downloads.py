"""The released weights over the network: checked, resumed after a cut, kept whole or not at all."""

import hashlib
import http.client
import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..files import home
from .checkpoints import REFERENCE_FILES, weights_folder

TIMEOUT = 30  # seconds without a byte
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

    Raises: ValueError for a checksum of another form.
    """

    address: str
    checksum: str

    def __post_init__(self) -> None:
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
# large file was not scanned for viruses. The checksums come from a downstream project's list.
_DRIVE = "https://drive.usercontent.google.com/download?export=download&confirm=t&id="
DOWNLOADS = {
    "u2net": Download(
        _DRIVE + "1ao1ovG1Qtx4b7EoskHXmi2E9rp5CHLcZ", "md5:09fb4e49b7f785c9f855baf94916840a"
    ),
    "u2net_lite": Download(
        _DRIVE + "1rbSTGKAE-MTxBYHd-51l2hMOQPT_7EPy", "md5:e4f636406ca4e2af789941e7f139ee2e"
    ),
}
"""The authors' weights; `download_table` lays the user's own addresses over these."""


def download_table() -> dict[str, Download]:
    """`DOWNLOADS`, with what `downloads.json` in `u2net_edu.files.home()` says instead.

    That file is for a mirror, say of a class. It names what differs:
    `{"u2net": {"address": "https://…", "checksum": "sha256:…"}}`, either entry alone too.

    Raises: DownloadError where the file is there and does not have this form.
    """
    path = home() / "downloads.json"
    if not path.is_file():
        return dict(DOWNLOADS)
    try:
        changes = json.loads(path.read_text(encoding="utf-8"))
        return DOWNLOADS | {name: replace(DOWNLOADS[name], **row) for name, row in changes.items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise DownloadError(
            f'{path} should read {{"u2net": {{"address": "https://…", "checksum": "sha256:…"}}}}, '
            f"for {' and '.join(DOWNLOADS)} alone: {error}"
        ) from error


def download_reference(name: str, table: Mapping[str, Download] | None = None) -> Path:
    """The authors' released weights on this machine, fetched if they are not there yet.

    A file that is there already, fetched by hand or before, is checked and used. A download that
    broke off goes on where it ended. What is not the right file never gets its name.

    Args:
        name: `u2net` (176 MB) or `u2net_lite` (4.7 MB).
        table: other addresses and checksums; `download_table()` where None.

    Returns: the path, for `load_reference`; in `weights` under `u2net_edu.files.home()`.
    Raises: DownloadError, which says how to get the file by hand; KeyError for another name.
    """
    table = download_table() if table is None else table
    if name not in REFERENCE_FILES or name not in table:
        known = ", ".join(key for key in REFERENCE_FILES if key in table)
        raise KeyError(f"there are no released weights called {name!r}, only {known}.")
    wanted, path = table[name], weights_folder() / REFERENCE_FILES[name]
    if path.exists():
        if not wanted.fits(path):
            raise _failure(wanted, path, f"the copy that is there already {_wrong(wanted, path)}")
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named after the checksum: what is left of another version is never continued.
    part = path.with_name(f"{path.name}.{wanted.checksum[-8:]}.part")
    try:
        _fetch(wanted, part)
        if not wanted.fits(part):
            problem = f"what came {_wrong(wanted, part)}"
            part.unlink()
            raise _Broken(problem)
    except _Broken as problem:
        raise _failure(wanted, path, str(problem), part) from problem.__cause__
    os.replace(part, path)  # not atomic_write: what is left of a cut download must last
    return path


class _Broken(Exception):
    """Why a download failed."""


class _Cut(_Broken):
    """The connection ended early: going on is worth a try."""


def _fetch(wanted: Download, part: Path) -> None:
    """Fill `part` up to the end of the file; what came stays there when it breaks off."""
    for attempts_left in reversed(range(ATTEMPTS)):
        if part.exists() and wanted.fits(part):
            return
        try:
            return _fetch_rest(wanted.address, part)
        except _Cut:
            if not attempts_left:
                raise


def _fetch_rest(address: str, part: Path) -> None:
    from tqdm.auto import tqdm

    have = part.stat().st_size if part.exists() else 0
    with _open(address, have) as response:
        chunks = _chunks(response)
        if response.status not in (206, 416):
            have = 0  # the whole file comes, from its beginning
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink(missing_ok=True)
            raise _Cut("the server does not continue what is here already")
        length = response.headers.get("Content-Length")
        total = have + int(length) if length and length.isdigit() else None
        first = next(chunks, b"")
        _refuse_page(response, first)
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(
                desc=part.name.split(".")[0], initial=have, total=total, unit="B", unit_scale=True
            ) as bar,
        ):
            for chunk in itertools.chain([first], chunks):
                file.write(chunk)
                bar.update(len(chunk))
    if total is not None and part.stat().st_size < total:
        raise _Cut(f"the connection ended after {part.stat().st_size:,} of {total:,} bytes")


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
    while True:
        try:
            chunk = response.read(CHUNK)
        except http.client.IncompleteRead as error:
            yield error.partial
            raise _Cut("the connection ended early") from error
        except (OSError, http.client.HTTPException) as error:
            raise _Cut(f"the connection broke off ({error})") from error
        if not chunk:
            return
        yield chunk


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


def _failure(wanted: Download, path: Path, problem: str, part: Path | None = None) -> DownloadError:
    if part is None:
        verb = "used"
        advice = f"Delete {path} and try again, or put the right file in its place."
    else:
        verb = "fetched"
        advice = (
            f"Try again later, or open the address in a browser and put the file, named "
            f"{path.name}, into {path.parent}: it is checked and used from there."
        )
        if part.exists():
            advice += f" {part.stat().st_size:,} bytes are kept, and the next try goes on there."
    return DownloadError(
        f"{path.name} could not be {verb}: {problem}.\n"
        f"address: {wanted.address}\n"
        f"checksum: {wanted.checksum}\n"
        f"folder: {path.parent}\n" + advice
    )
