"""Prepare `.venv` from the hashed locks, so that `python3 manage.py …` needs nothing but Python.

Standard library only, and readable by Pythons too old for the product: they get a sentence, not a traceback.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
OLDEST_PYTHON = (3, 11)
# A process id in the environment: exec keeps the id, so a second start of the same process is recognised,
# and a child that inherits the variable is not.
RESTARTED = "GROUNDTRUTH_BOOTSTRAP_PID"


def ensure(wanted: str) -> None:
    """Return once the packages of the set `wanted` can be imported, or restart this process where they can.

    The sets are the locks in requirements/: "runtime", and "test", which contains it. Where a Django of our
    minor version is already there (a container, a developer's own environment), nothing is touched.
    Exits with a sentence when the machine cannot run the product or the packages cannot be had.
    """
    problem = refusal(sys.version_info[:2], os.name)
    if problem:
        sys.exit(problem)
    if is_current(VENV, wanted) if is_inside(VENV) else has_django():
        return
    if os.environ.get(RESTARTED) == str(os.getpid()):
        sys.exit(f"{sys.executable} was started to run inside {VENV} and does not. Is PYTHONHOME set?")
    with only_one_at_a_time():
        prepare(wanted)
    os.environ[RESTARTED] = str(os.getpid())
    python = str(venv_python(VENV))
    os.execv(python, [python, *sys.orig_argv[1:]])


def set_needed(argv: Sequence[str]) -> str:
    """Name the set of packages that `manage.py` needs for this command line."""
    # Templates are tried in a browser, whose driver is no part of the running product.
    return "test" if argv[1:2] in (["test"], ["check_template"]) else "runtime"


def refusal(version: tuple[int, ...], os_name: str) -> str:
    """Say why this Python or system cannot run the product; empty when it can."""
    if os_name == "nt":
        return "Groundtruth runs on Linux and macOS. On Windows, run it inside WSL (wsl --install)."
    if tuple(version) < OLDEST_PYTHON:
        have, need = (".".join(map(str, v)) for v in (version, OLDEST_PYTHON))
        return f"Groundtruth needs Python {need} or newer, and this is {have}. Try: python{need} manage.py …"
    return ""


def is_inside(venv: Path) -> bool:
    """Tell whether this process runs in `venv`, also when it was reached through a linked folder."""
    return venv.is_dir() and os.path.samefile(sys.prefix, venv)


def has_django() -> bool:
    """Tell whether this environment has the Django minor version that the lock names."""
    try:
        version = importlib.metadata.version("django")
    except importlib.metadata.PackageNotFoundError:
        return False
    locked = re.search(r"^django==(\d+\.\d+)\.", (LOCKS / "runtime.lock").read_text(), re.MULTILINE)
    return locked is not None and version.startswith(locked[1] + ".")


def venv_python(venv: Path) -> Path:
    # Not resolved: behind the link stands the base Python, which knows nothing of the environment.
    return venv / "bin" / "python"


def stamp(venv: Path, name: str) -> Path:
    return venv / f"groundtruth-{name}.stamp"


def lock_hash(name: str) -> str:
    return hashlib.sha256((LOCKS / f"{name}.lock").read_bytes()).hexdigest()


def is_current(venv: Path, name: str) -> bool:
    """Tell whether the set `name` was installed into `venv` from the lock as it stands now."""
    kept = stamp(venv, name)
    return kept.is_file() and kept.read_text() == lock_hash(name)


def prepare(wanted: str) -> None:
    """Make `.venv` hold the set `wanted`. Does nothing when it does; may be interrupted and repeated."""
    if not runs(venv_python(VENV)):
        create_venv(VENV)
    if is_current(VENV, wanted):
        return
    say(f"installing the {wanted} packages into {VENV.name} …")
    install(wanted)
    for name in {wanted, "runtime"}:  # every set contains the runtime's, at the same versions
        stamp(VENV, name).write_text(lock_hash(name))


def runs(python: Path) -> bool:
    """Tell whether `python` starts: a venv's link dangles after its base Python was removed."""
    return python.exists() and subprocess.run([str(python), "-c", ""], check=False).returncode == 0


def create_venv(venv: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu ship it apart
        install_ensurepip()
    say(f"creating {venv.name} …")
    if not succeeds(sys.executable, "-m", "venv", "--clear", str(venv)):
        sys.exit(f"{venv} could not be created; the lines above say why.")


def install_ensurepip() -> None:
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install {package}")
    say(f"installing {package} …")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    if not (succeeds(*apt, "update") and succeeds(*apt, "install", "-y", package)):
        sys.exit(f"{package} could not be installed; the lines above say why.")


def install(wanted: str) -> None:
    """Install a lock with uv, five times as fast as pip, which does it where uv cannot be had."""
    python = str(venv_python(VENV))
    lock = str(LOCKS / f"{wanted}.lock")
    with_pip = [python, "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    with_uv = [python, "-m", "uv", "pip", "install", "-q", "--python", python, "--require-hashes", "-r"]
    if succeeds(*with_pip, str(LOCKS / "installer.lock")) and succeeds(*with_uv, lock):
        return
    say("uv did not manage it; once more with pip …")
    if not succeeds(*with_pip, lock):
        sys.exit(f"The {wanted} packages could not be installed; the lines above say why.")


def succeeds(*command: str) -> bool:
    # What is printed goes to stderr: a command's own output may be piped.
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return done.returncode == 0


def say(text: str) -> None:
    print(f"groundtruth: {text}", file=sys.stderr, flush=True)


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the project folder's lock, so that two commands started together install once."""
    import fcntl  # not on Windows, which must reach its sentence

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
