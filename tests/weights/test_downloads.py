"""Against a local server that misbehaves in every way that a download has met."""

import hashlib
import itertools
import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import torch

import u2net_edu as u2
from tests.patience import PATIENCE
from u2net_edu.weights import downloads
from u2net_edu.weights.authors import find_reference, weights_folder
from u2net_edu.weights.registry import OFFLINE_VARIABLE

CONTENT = bytes(range(256)) * 4000  # 1,024,000 bytes
PAGE = b"<!DOCTYPE html><html><head><title>Quota exceeded</title></head></html>"


def md5(content: bytes) -> str:
    return "md5:" + hashlib.md5(content).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT; `behave` says how, and `requests` keeps every Range asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.requests, self.behave = CONTENT, [], good

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/weights"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.requests.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.server.behave(self, start)

    def answer(self, status, content, length=None, **headers):
        self.send_response(status)
        if length is not False:
            self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def good(handler, start):
    content = handler.server.content
    if start >= len(content):
        handler.answer(416, b"", Content_Range=f"bytes */{len(content)}")
    elif start:
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.answer(206, content[start:], Content_Range=span)
    else:
        handler.answer(200, content)


def cut(after):
    """Ends every connection after so many bytes, though it promised all."""

    def behave(handler, start):
        rest = handler.server.content[start:]
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        headers = {"Content_Range": span} if start else {}
        handler.answer(206 if start else 200, rest[:after], length=len(rest), **headers)

    return behave


def whole_whatever_is_asked(handler, start):
    handler.answer(200, handler.server.content)


def another_range(handler, start):
    status = 206 if start else 200
    headers = {"Content_Range": f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
    handler.answer(status, CONTENT[7:] if start else CONTENT, **headers)


def page(handler, start):
    handler.answer(200, b"<!-- -->" + PAGE, Content_Type="text/html; charset=utf-8")


def disguised_page(handler, start):
    handler.answer(200, b"\n" + PAGE, Content_Type="application/octet-stream")


def status(code):
    return lambda handler, start: handler.answer(code, b"no")


def hangs_up(handler, start):
    handler.connection.close()


def stalls(handler, start):
    handler.answer(200, CONTENT[:100], length=len(CONTENT))
    handler.server.released.wait(PATIENCE)


def without_length(handler, start):
    handler.answer(200, handler.server.content, length=False)


def chunked_and_cut(handler, start):
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"400\r\n" + CONTENT[:1024] + b"\r\n400\r\n" + CONTENT[1024:1500])
    handler.close_connection = True


def elsewhere(handler, start):
    if handler.path == "/weights":
        handler.answer(302, b"", Location="/moved")
    else:
        good(handler, start)


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv(OFFLINE_VARIABLE)
    server = Server()
    server.released = threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


def table(address, content=CONTENT):
    return {"u2net_lite": u2.Download(address, md5(content))}


def fetch(server, content=CONTENT):
    return u2.download_reference("u2net_lite", table(server.address, content))


def parts():
    return [path.read_bytes() for path in weights_folder().glob("*.part")]


@pytest.mark.parametrize(
    "behave", [good, without_length, elsewhere, whole_whatever_is_asked], ids=lambda f: f.__name__
)
def test_a_file_arrives_whole(server, behave):
    server.behave = behave
    path = fetch(server)
    assert path == weights_folder() / "u2netp.pth" == find_reference("u2net_lite")
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["u2netp.pth"]


def test_progress_is_shown(server, capfd):
    fetch(server)
    assert "u2netp: 100%" in capfd.readouterr().err


def test_a_file_that_is_there_is_not_fetched_again(server):
    fetch(server)
    assert fetch(server).read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_a_file_fetched_by_hand_is_used(server):
    weights_folder().mkdir(parents=True)
    (weights_folder() / "u2netp.pth").write_bytes(CONTENT)
    assert fetch(server).read_bytes() == CONTENT
    assert server.requests == []


@pytest.mark.parametrize("content", [b"something else", PAGE], ids=["another", "a page"])
def test_a_wrong_file_fetched_by_hand_stays_and_is_refused(server, content):
    weights_folder().mkdir(parents=True)
    path = weights_folder() / "u2netp.pth"
    path.write_bytes(content)
    with pytest.raises(u2.DownloadError) as caught:
        fetch(server)
    for words in (str(path), server.address, md5(CONTENT), md5(content), "Delete"):
        assert words in str(caught.value)
    assert ("is a web page" in str(caught.value)) == (content == PAGE)
    assert path.read_bytes() == content
    assert server.requests == []


FAILURES = {
    "a page": (page, "web page came in place of the file, “Quota exceeded”"),
    "a page under another type": (disguised_page, "web page came"),
    "not found": (status(404), "answered 404"),
    "forbidden": (status(403), "answered 403"),
    "too many requests": (status(429), "answered 429"),
    "server error": (status(500), "answered 500"),
    "hangs up": (hangs_up, "cannot be reached"),
    "truncated": (cut(100), "ended after 300 of 1,024,000 bytes"),
    "truncated at once": (cut(0), "ended after 0 of 1,024,000 bytes"),
    "chunked and cut": (chunked_and_cut, "ended early"),
}


@pytest.mark.parametrize(("behave", "problem"), FAILURES.values(), ids=FAILURES)
def test_failures(server, behave, problem):
    server.behave = behave
    with pytest.raises(u2.DownloadError) as caught:
        fetch(server)
    message = str(caught.value)
    for words in (problem, server.address, "u2netp.pth", str(weights_folder()), "browser"):
        assert words in message
    assert not (weights_folder() / "u2netp.pth").exists()
    assert all(part == CONTENT[: len(part)] for part in parts())
    server.behave = good  # and whatever was left behind does no harm
    assert fetch(server).read_bytes() == CONTENT


def test_a_wrong_checksum(server):
    server.content = CONTENT[:-1] + b"?"
    with pytest.raises(u2.DownloadError) as caught:
        fetch(server)
    assert md5(server.content) in str(caught.value)
    assert md5(CONTENT) in str(caught.value)
    assert list(weights_folder().iterdir()) == []


def test_sha256(server):
    digest = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    path = u2.download_reference("u2net", {"u2net": u2.Download(server.address, digest)})
    assert path.name == "u2net.pth"


def test_nobody_there(server):
    server.shutdown()
    server.server_close()
    with pytest.raises(u2.DownloadError, match="cannot be reached"):
        fetch(server)


def test_offline(server):
    address = "http://no-such-host.invalid/u2netp.pth"
    with pytest.raises(u2.DownloadError, match="cannot be reached") as caught:
        u2.download_reference("u2net_lite", table(address))
    assert address in str(caught.value)


@pytest.mark.parametrize("address", ["weights", "ftq://host/file", "http://[broken"])
def test_an_address_that_is_none(server, address):
    with pytest.raises(u2.DownloadError, match="cannot be reached"):
        u2.download_reference("u2net_lite", table(address))


def test_a_server_that_stalls(server, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", 2)  # a busy machine answers at last
    server.behave = stalls
    with pytest.raises(u2.DownloadError, match="broke off"):
        fetch(server)
    assert len(server.requests) == downloads.ATTEMPTS


def test_a_cut_download_goes_on_where_it_ended(server):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError, match="900,000 bytes are kept"):
        fetch(server)
    assert server.requests == [None, "bytes=300000-", "bytes=600000-"]
    assert parts() == [CONTENT[:900_000]]
    server.behave = good
    assert fetch(server).read_bytes() == CONTENT
    assert server.requests[3:] == ["bytes=900000-"]
    assert parts() == []


@pytest.mark.parametrize("behave", [whole_whatever_is_asked, another_range])
def test_a_server_that_does_not_continue(server, behave):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError):
        fetch(server)
    server.behave = behave
    assert fetch(server).read_bytes() == CONTENT
    assert parts() == []


def test_a_page_instead_of_the_rest_leaves_what_is_there(server):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError):
        fetch(server)
    server.behave = page
    with pytest.raises(u2.DownloadError, match="web page") as caught:
        fetch(server)
    assert "900,000 bytes are kept" in str(caught.value)
    assert parts() == [CONTENT[:900_000]]


def test_a_part_that_is_the_whole_file(server):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError):
        fetch(server)
    [part] = weights_folder().glob("*.part")
    part.write_bytes(CONTENT)  # cut after the last byte
    assert fetch(server).read_bytes() == CONTENT
    assert len(server.requests) == 3


def test_a_part_longer_than_the_file_is_fetched_anew(server):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError):
        fetch(server)
    [part] = weights_folder().glob("*.part")
    part.write_bytes(CONTENT + b"more")
    server.behave = good
    assert fetch(server).read_bytes() == CONTENT


def test_a_part_of_another_version_is_not_continued(server):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError):
        fetch(server)
    server.behave, server.content = good, CONTENT[::-1]
    assert fetch(server, server.content).read_bytes() == server.content


def test_a_file_address(server, tmp_path):
    (tmp_path / "copy.pth").write_bytes(CONTENT)
    address = (tmp_path / "copy.pth").as_uri()
    assert u2.download_reference("u2net_lite", table(address)).read_bytes() == CONTENT


def write_table(tmp_path, text):
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "downloads.json").write_text(text, encoding="utf-8")


def test_the_users_own_table(server, tmp_path):
    own = {"u2net_lite": {"address": server.address, "checksum": md5(CONTENT)}}
    write_table(tmp_path, json.dumps(own))
    assert u2.download_reference("u2net_lite").read_bytes() == CONTENT
    assert u2.download_table()["u2net"] == u2.DOWNLOADS["u2net"]
    write_table(tmp_path, json.dumps({"u2net": {"address": "https://mirror/u2net.pth"}}))
    assert u2.download_table()["u2net"] == u2.Download(
        "https://mirror/u2net.pth", u2.DOWNLOADS["u2net"].checksum
    )


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"u2net": "https://mirror"}',
        '{"u3net": {"address": "https://mirror"}}',
        '{"u2net": {"url": "https://mirror"}}',
        '{"u2net": {"checksum": "crc32:00"}}',
    ],
)
def test_a_table_that_cannot_be_used(server, tmp_path, text):
    write_table(tmp_path, text)
    with pytest.raises(u2.DownloadError, match=r"downloads\.json should read"):
        u2.download_reference("u2net")


def test_the_default_table():
    assert set(u2.DOWNLOADS) == {"u2net", "u2net_lite"}
    assert all(row.address.startswith("https://") for row in u2.DOWNLOADS.values())


def test_the_small_network_goes_by_both_its_names(server):
    path = fetch(server)
    assert u2.download_reference("lite", table(server.address)) == path
    assert find_reference("lite") == path


def test_an_unknown_name():
    with pytest.raises(KeyError, match="called 'u2netp', only u2net, lite"):
        u2.download_reference("u2netp")


def test_what_arrives_can_be_loaded(server, tmp_path):
    torch.manual_seed(0)
    given = u2.U2Net(u2.U2NET_LITE)
    torch.save(u2.reference_state_dict(given), tmp_path / "given.pth")
    server.content = (tmp_path / "given.pth").read_bytes()
    model = u2.load_reference(u2.U2Net(u2.U2NET_LITE), fetch(server, server.content))
    state = model.state_dict()
    assert all(torch.equal(state[key], value) for key, value in given.state_dict().items())


def test_two_at_once_do_not_write_into_one_file(server):
    """Two notebooks that start together: both get the whole file, whoever is first."""
    together = threading.Barrier(2)

    def slowly(handler, start):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        half = len(CONTENT) // 2
        handler.wfile.write(CONTENT[:half])
        together.wait(10)  # both have begun, neither has ended
        handler.wfile.write(CONTENT[half:])

    server.behave = slowly
    found = []
    threads = [threading.Thread(target=lambda: found.append(fetch(server))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert found[0].read_bytes() == CONTENT
    assert [path.name for path in weights_folder().iterdir()] == ["u2netp.pth"]


def test_a_part_that_another_process_holds_is_left_alone(server):
    server.behave = cut(300_000)
    with pytest.raises(u2.DownloadError):
        fetch(server)
    server.behave = good
    [part] = weights_folder().glob("*.part")
    kept = part.read_bytes()
    with part.open("ab+") as held:
        assert downloads._lock(held)
        assert fetch(server).read_bytes() == CONTENT
        assert part.read_bytes() == kept
    assert server.requests[-1] is None  # from the beginning, into a file of its own


def test_where_nothing_can_be_locked_it_works_too(server, monkeypatch):
    monkeypatch.setattr(downloads, "_lock", lambda file: False)
    assert fetch(server).read_bytes() == CONTENT


def limited(server, most):
    return {"u2net_lite": u2.Download(server.address, md5(CONTENT), most)}


def endless(handler, start):
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(CONTENT)


def too_long(handler, start):
    handler.answer(200, CONTENT, length=10**12)


@pytest.mark.parametrize(
    ("behave", "words"),
    [(endless, "more than 2,000,000 bytes came, and no end"), (too_long, "bytes were offered")],
)
def test_a_body_without_an_end(server, behave, words):
    server.behave = behave
    with pytest.raises(u2.DownloadError, match=words):
        u2.download_reference("u2net_lite", limited(server, 2_000_000))
    assert len(server.requests) == 1
    assert list(weights_folder().iterdir()) == []


def test_what_is_known_of_the_authors_files_limits_them():
    assert 176_000_000 < u2.DOWNLOADS["u2net"].most < 250_000_000
    assert 4_700_000 < u2.DOWNLOADS["u2net_lite"].most < 10_000_000
    with pytest.raises(ValueError, match="most"):
        u2.Download("https://mirror", md5(b""), 0)


def test_a_body_that_drips_ends_by_rule(server, monkeypatch):
    """A byte at a time never times out, and would take months; the clock is the test's own."""
    clock = itertools.count(0, 20)
    monkeypatch.setattr(downloads, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    def drips(handler, start):
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(CONTENT) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        handler.end_headers()
        with suppress(OSError):
            while not handler.server.released.wait(0.01):
                handler.wfile.write(CONTENT[start : start + 1])
                start += 1

    server.behave = drips
    with pytest.raises(u2.DownloadError, match=r"the connection stalls \(\d+ bytes in \d+ s\)"):
        fetch(server)
    assert len(server.requests) == downloads.ATTEMPTS


@pytest.mark.parametrize(("rate", "stalls"), [(20_000, False), (10_000, True)])
def test_what_is_slow_and_what_stalls(monkeypatch, rate, stalls):
    """So many bytes every 20 seconds, at a rule of 30,000 in 30."""
    clock = itertools.count(0, 20)
    monkeypatch.setattr(downloads, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    pieces = [bytes(rate)] * 9 + [b""]
    response = SimpleNamespace(read1=lambda most: pieces.pop(0))
    if stalls:
        with pytest.raises(downloads._Cut, match="stalls"):
            list(downloads._chunks(response))
    else:
        assert sum(map(len, downloads._chunks(response))) == 9 * rate


class Full:
    """A file on a disk without room."""

    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, content):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_one_sentence(server, monkeypatch):
    claimed = downloads._claimed

    @contextmanager
    def full(folder, stem):
        with claimed(folder, stem) as (part, file):
            yield part, Full(file)

    monkeypatch.setattr(downloads, "_claimed", full)
    with pytest.raises(u2.DownloadError, match=r"cannot be written to .No space left on device"):
        fetch(server)
    assert list(weights_folder().iterdir()) == []


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(
        u2.DownloadError, match=r"u2netp.pth could not be fetched.*cannot be written"
    ):
        fetch(server)


def denied(self, *args, **options):
    raise PermissionError(13, "Permission denied", str(self))


def test_a_folder_that_may_not_be_written(server, monkeypatch):
    weights_folder().mkdir(parents=True)
    monkeypatch.setattr(downloads.Path, "open", denied)
    with pytest.raises(u2.DownloadError, match=r"cannot be written to .Permission denied"):
        fetch(server)


def test_a_copy_that_may_not_be_read_is_not_called_wrong(server, monkeypatch):
    fetch(server)
    monkeypatch.setattr(downloads.Path, "open", denied)
    with pytest.raises(
        u2.DownloadError, match=r"there already cannot be read .Permission"
    ) as caught:
        fetch(server)
    assert "checksum md5:" not in str(caught.value).splitlines()[0]


def test_a_table_that_cannot_be_read(tmp_path, server, monkeypatch):
    for content in ("[" * 100_000, '{"u2net": {"most": "much"}}', "[]"):
        write_table(tmp_path, content)
        with pytest.raises(u2.DownloadError, match=r"downloads\.json should read"):
            u2.download_table()
    monkeypatch.setattr(downloads.Path, "read_text", denied)
    with pytest.raises(u2.DownloadError, match=r"downloads\.json cannot be read .Permission"):
        u2.download_table()


def test_a_home_that_cannot_be_read_holds_no_weights(monkeypatch, tmp_path):
    """`model_at_hand` goes on with the network that ships with the package."""
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path / "home"))
    weights_folder().mkdir(parents=True)
    (weights_folder() / "u2netp.pth").write_bytes(CONTENT)
    assert find_reference("u2net_lite") is not None
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert find_reference("u2net_lite") is None
    assert u2.model_at_hand().provenance.startswith("trained on 12,000 drawn scenes")

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("u2net_edu.weights.authors.home", no_home)
    assert find_reference("u2net") is None
    assert u2.model_at_hand().provenance.startswith("trained on 12,000 drawn scenes")
