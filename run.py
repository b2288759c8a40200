"""Set up this checkout and use it; needs Python 3.10 or newer and nothing else.

    python run.py lab [...]     open your copy of the course in JupyterLab; jupyter gets the rest
    python run.py test [...]    run the tests; pytest gets the rest
    python run.py COMMAND ...   run another command of u2net-edu; `python run.py --help` lists them

The first run makes .venv and installs into it, with uv if you have it, otherwise with pip. Later
runs install again only if pyproject.toml or constraints.txt has changed, or when you run the tests
for the first time. Set U2NET_EDU_INSTALLER=pip to use pip although you have uv. The messages of
the installer are in .venv/setup.log. Delete .venv to start afresh.
"""

import sys

# Older Pythons read the whole file before this line: it keeps to their syntax (no f-strings).
if sys.version_info < (3, 10):
    sys.exit("run.py: this is Python %d.%d; get 3.10 or newer (python.org)." % sys.version_info[:2])

import ast
import contextlib
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "u2net-edu.json"  # written last, so an install that was cut short is done again
LOG = VENV / "setup.log"
INSTALLER = "U2NET_EDU_INSTALLER"


def main(arguments):
    command = arguments[0] if arguments else "--help"
    prepare("test" if command == "test" else "lab")
    if command == "test":
        os.chdir(ROOT)
        hand_over(["-m", "pytest"] + arguments[1:])
    hand_over(["-m", "u2net_edu.cli"] + (arguments or ["--help"]))


def prepare(extra):
    """Make .venv hold what `extra` needs; return at once if it does already."""
    done = read_stamp()
    if done.get("extra") == "test":
        extra = "test"  # holds all that "lab" needs; going back and forth installs nothing
    if done == wanted(extra):
        return
    began = time.monotonic()
    uv = None if os.environ.get(INSTALLER) == "pip" else shutil.which("uv")
    if not os.path.lexists(PYTHON):
        make_venv(uv)
    STAMP.unlink(missing_ok=True)
    install(extra, uv)
    fetch_weights(uv)
    STAMP.write_text(json.dumps(wanted(extra)), encoding="utf-8")
    say("ready after %s" % elapsed(began))


def wanted(extra):
    """What the stamp says when nothing is left to install."""
    files = (ROOT / name for name in ("pyproject.toml", "constraints.txt"))
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return {"extra": extra, "files": digests, "root": str(ROOT), "python": venv_version()}


def read_stamp():
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def venv_version():
    """Return the version of the Python in .venv; fail if that Python was moved or removed."""
    if not os.path.lexists(PYTHON):
        return None
    ask = [str(PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        sys.exit("run.py: the Python in %s does not start; delete that folder, run again." % VENV)


def make_venv(uv):
    say("making .venv with Python %d.%d" % sys.version_info[:2])
    if uv:
        # --allow-existing: an interrupted run may have left the folder behind
        command = [uv, "venv", "--allow-existing", "--python", sys.executable, str(VENV)]
        hint = "set %s=pip to use pip instead." % INSTALLER
    else:
        command = [sys.executable, "-m", "venv", str(VENV)]
        hint = "on Debian and Ubuntu install python3-venv; then delete .venv and run again."
    step(command, hint)


def install(extra, uv):
    say("installing the packages into .venv; the first time this takes some minutes and 2 GB")
    what = ["--constraint", str(ROOT / "constraints.txt"), "--editable", "%s[%s]" % (ROOT, extra)]
    hint = "read its last messages above, check the network and the disk, then run again."
    if uv:
        command = [uv, "pip", "install", "--python", str(PYTHON)] + what
        environment = dict(find_links(), **os.environ)
        step(command, hint + " %s=pip uses pip instead of uv." % INSTALLER, environment)
        return
    pip = [str(PYTHON), "-m", "pip"]
    if not succeeds(pip + ["--version"]):  # a .venv that uv made has none
        step([str(PYTHON), "-m", "ensurepip"], "delete .venv and run again.")
    # The first releases of Python 3.10 bring a pip that cannot install an editable pyproject.
    step(pip + ["install", "--quiet", "pip>=22"], hint)
    step(pip + ["install"] + what, hint)


def fetch_weights(uv):
    """Fetch the authors' trained network if it can be had; the course works without it."""
    if uv:
        os.environ.update(dict(find_links(), **os.environ))
    if succeeds([str(PYTHON), "-m", "u2net_edu.cli", "weights"]):
        say("the authors' network is here (4 MB; trained on DUTS-TR, Apache-2.0)")
    else:
        say(
            "the authors' network could not be fetched: the course shows the bundled classroom "
            "network until `python run.py weights` has fetched it"
        )


def find_links():
    """Hand pip's own find-links to uv, which reads none of pip's configuration."""
    links = os.environ.get("PIP_FIND_LINKS", "")
    if not links:
        ask = [sys.executable, "-m", "pip", "config", "list"]
        listed = subprocess.run(ask, capture_output=True, text=True).stdout.splitlines()
        values = [line.partition("=")[2] for line in listed if ".find-links=" in line]
        links = " ".join(ast.literal_eval(value) for value in values)
    return {"UV_FIND_LINKS": ",".join(links.split())} if links.strip() else {}


def step(command, hint, env=None):
    """Run one command of the set-up; say how it goes, keep what it says in the log.

    A failure ends the program: the last lines of the log, then one sentence.
    """
    line = shlex.join(command) if os.name == "posix" else subprocess.list2cmdline(command)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with open(str(LOG), "ab") as log:
        log.write(("$ " + line + "\n").encode())
        log.flush()
        before = log.tell()
        try:
            process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
            code = watch(process, before)
        except KeyboardInterrupt:
            sys.exit("run.py: interrupted; run it again and it continues from here.")
        except OSError as error:
            code = error
    if code:
        for words in log_lines(before)[-8:]:
            say("  " + words)
        said = "failed (%s): %s; all it said is in %s" % (code, line, LOG)
        sys.exit("run.py: %s: %s" % (said, hint))


def watch(process, before):
    """Wait for a step; return its exit status.

    In a terminal one line shows the time and the last thing that the step said. Elsewhere there is
    a line every half minute.
    """
    began, shown = time.monotonic(), time.monotonic()
    terminal = sys.stdout.isatty()
    while True:
        try:
            code = process.wait(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            pass
        if terminal:
            words = "run.py:   %s  %s" % (elapsed(began), (log_lines(before) or [""])[-1])
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r" + words[:width].ljust(width))
            sys.stdout.flush()
        elif time.monotonic() - shown >= 30:
            say("  %s so far" % elapsed(began))
            shown = time.monotonic()
    if terminal:
        sys.stdout.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
    return code


def log_lines(before):
    """Return what a step has said since the log had `before` bytes, without empty lines."""
    with open(str(LOG), "rb") as log:
        log.seek(before)
        text = log.read().decode("utf-8", "replace")
    return [words.strip() for words in text.splitlines() if words.strip()]


def elapsed(since):
    """Return the time since then as minutes and seconds, "4:31"."""
    return "%d:%02d" % divmod(int(time.monotonic() - since), 60)


def succeeds(command):
    return subprocess.run(command, capture_output=True).returncode == 0


def hand_over(arguments):
    """Continue as the Python of .venv: same terminal, signals and exit status."""
    command = [str(PYTHON)] + arguments
    if os.name == "posix":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):  # the child got the key too, and may ask
            process.wait()
    sys.exit(process.returncode)


def say(what):
    sys.stdout.write("run.py: " + what + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
