"""Set up this checkout and use it; needs Python 3.10 or newer and nothing else.

    python run.py lab [...]     open the course in JupyterLab; the rest goes to jupyter
    python run.py test [...]    run the tests; the rest goes to pytest
    python run.py COMMAND ...   any other command of u2net-edu; `python run.py --help` lists them

The first run makes .venv and installs into it, with uv where there is one, else with pip. It is
done again only when pyproject.toml or constraints.txt changed, or when tests are run for the first
time. U2NET_EDU_INSTALLER=pip passes a uv over. Delete .venv to start afresh.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "u2net-edu.json"  # written last, so an install that was cut short is done again
INSTALLER = "U2NET_EDU_INSTALLER"


def main(arguments):
    command = arguments[0] if arguments else "--help"
    prepare("test" if command == "test" else "lab")
    if command == "test":
        os.chdir(ROOT)
        hand_over(["-m", "pytest"] + arguments[1:])
    hand_over(["-m", "u2net_edu.cli"] + (arguments or ["--help"]))


def prepare(extra):
    """Make .venv hold what `extra` needs; quick where it does already."""
    done = read_stamp()
    if done.get("extra") == "test":
        extra = "test"  # holds all that "lab" needs; going back and forth installs nothing
    if done == wanted(extra):
        return
    uv = None if os.environ.get(INSTALLER) == "pip" else shutil.which("uv")
    if not os.path.lexists(PYTHON):
        make_venv(uv)
    STAMP.unlink(missing_ok=True)
    install(extra, uv)
    STAMP.write_text(json.dumps(wanted(extra)), encoding="utf-8")


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
    """The version of the Python in .venv; it fails when that Python was moved or removed."""
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
        # --allow-existing: a folder that a cut-short run left behind
        command = [uv, "venv", "--allow-existing", "--python", sys.executable, str(VENV)]
        hint = "set %s=pip to do without uv." % INSTALLER
    else:
        command = [sys.executable, "-m", "venv", str(VENV)]
        hint = "on Debian and Ubuntu install python3-venv; then delete .venv and run again."
    step(command, hint)


def install(extra, uv):
    say("installing the packages into .venv; the first time takes some minutes and 2 GB")
    what = ["--constraint", str(ROOT / "constraints.txt"), "--editable", "%s[%s]" % (ROOT, extra)]
    hint = "see its message above, check the network and the disk, then run again."
    if uv:
        command = [uv, "pip", "install", "--python", str(PYTHON)] + what
        environment = dict(find_links(), **os.environ)
        step(command, hint + " %s=pip does without uv." % INSTALLER, environment)
        return
    pip = [str(PYTHON), "-m", "pip"]
    if not succeeds(pip + ["--version"]):  # a .venv that uv made has none
        step([str(PYTHON), "-m", "ensurepip"], "delete .venv and run again.")
    # The first releases of Python 3.10 bring a pip that cannot install an editable pyproject.
    step(pip + ["install", "--quiet", "pip>=22"], hint)
    step(pip + ["install"] + what, hint)


def find_links():
    """pip's own find-links as a variable for uv, which reads none of pip's configuration."""
    links = os.environ.get("PIP_FIND_LINKS", "")
    if not links:
        ask = [sys.executable, "-m", "pip", "config", "list"]
        listed = subprocess.run(ask, capture_output=True, text=True).stdout.splitlines()
        values = [line.partition("=")[2] for line in listed if ".find-links=" in line]
        links = " ".join(ast.literal_eval(value) for value in values)
    return {"UV_FIND_LINKS": ",".join(links.split())} if links.strip() else {}


def step(command, hint, env=None):
    """Run one command of the set-up; its failure ends the program in one sentence."""
    try:
        code = subprocess.run(command, env=env).returncode
    except KeyboardInterrupt:
        sys.exit("run.py: interrupted; run it again and it goes on from here.")
    except OSError as error:
        code = error
    if code:
        line = shlex.join(command) if os.name == "posix" else subprocess.list2cmdline(command)
        sys.exit("run.py: failed (%s): %s: %s" % (code, line, hint))


def succeeds(command):
    return subprocess.run(command, capture_output=True).returncode == 0


def hand_over(arguments):
    """Go on as the Python of .venv: the same terminal, signals and exit status."""
    command = [str(PYTHON)] + arguments
    if os.name == "posix":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):  # it heard the key too, and may ask back
            process.wait()
    sys.exit(process.returncode)


def say(what):
    sys.stdout.write("run.py: " + what + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
