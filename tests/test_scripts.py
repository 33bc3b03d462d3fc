"""The set-up behind ./s3bench and ./test: what it says where a machine lacks something, and when it is redone.

A made-up Python stands in for the real one, so that nothing is downloaded.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FAKE_PYTHON = """#!/bin/sh
# Plays Python as far as the set-up asks it anything; PIP_FAILS and BARE in `state` make it poorer.
state=@STATE@
echo "$*" >>"$state/calls"
case "$*" in
    *"import ensurepip"*) [ ! -e "$state/BARE" ] ;;
    *"version_info < "*) [ ! -e "$state/OLD" ] ;;
    *version_info*) echo 3.12 ;;
    "-V") echo "Python 3.12.0" ;;
    "-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
    "-m pip install "*) echo "noise of pip"; [ ! -e "$state/PIP_FAILS" ] ;;
    "-P -m s3bench_tui "*) echo "ran in $PWD: $*" ;;
esac
"""


class Checkout:
    """A checkout in a path with a space, and a machine on which there is one Python or none."""

    def __init__(self, directory: Path) -> None:
        self.state = directory / "state"
        self.bin = directory / "bin"
        self.root = directory / "a check out"
        for made in (self.state, self.bin, self.root / "scripts"):
            made.mkdir(parents=True)
        for name in ("s3bench", "test", "scripts/venv.sh"):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "pyproject.toml").write_text("one")
        for name in ("sh", "cat", "cksum", "cp", "dirname", "mkdir", "readlink", "rm"):
            (self.bin / name).symlink_to(shutil.which(name) or name)

    def install_python(self, name: str = "python3") -> Path:
        python = self.bin / name
        python.write_text(FAKE_PYTHON.replace("@STATE@", str(self.state)))
        python.chmod(0o755)
        return python

    def run(
        self, *arguments: str, script: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(script or self.root / "s3bench"), *arguments],
            cwd=self.bin,
            env={"PATH": str(self.bin), **(env or {})},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def calls(self) -> list[str]:
        """What Python was asked so far."""
        return (self.state / "calls").read_text().splitlines()

    def installs(self) -> int:
        """How often packages were installed so far."""
        return sum("-m pip install" in call for call in self.calls())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_first_use_sets_up_and_later_ones_run_at_once(checkout: Checkout) -> None:
    checkout.install_python()
    first = checkout.run("--option", "two words")
    assert (first.returncode, first.stdout) == (0, f"ran in {checkout.bin}: -P -m s3bench_tui --option two words\n")
    assert "setting up" in first.stderr and "noise" not in first.stderr
    again = checkout.run("x")
    assert (again.returncode, again.stderr, checkout.installs()) == (0, "", 1)


def test_changed_requirements_are_installed(checkout: Checkout) -> None:
    checkout.install_python()
    checkout.run()
    (checkout.root / "pyproject.toml").write_text("two")
    assert "pyproject.toml has changed" in checkout.run().stderr
    assert checkout.installs() == 2


def test_extra_of_the_tests_is_added_and_stays(checkout: Checkout) -> None:
    checkout.install_python()
    checkout.run()
    tests = checkout.run(script=checkout.root / "test")
    assert "adding what tests need" in tests.stderr
    checkout.run()
    (checkout.root / "pyproject.toml").write_text("two")
    checkout.run()
    installed = [line for line in checkout.calls() if "-m pip install" in line]
    assert [line.rpartition(" ")[2] for line in installed] == [".", ".[dev]", ".[dev]"]


def test_failed_set_up_shows_its_noise_and_is_redone(checkout: Checkout) -> None:
    checkout.install_python()
    (checkout.state / "PIP_FAILS").touch()
    failed = checkout.run()
    assert failed.returncode == 1
    assert "noise of pip" in failed.stderr and "The next call tries again" in failed.stderr
    (checkout.state / "PIP_FAILS").unlink()
    assert checkout.run().returncode == 0
    assert sum("-m venv --clear" in call for call in checkout.calls()) == 2


def test_moved_checkout_is_set_up_where_it_is_now(checkout: Checkout, tmp_path: Path) -> None:
    checkout.install_python()
    checkout.run()
    moved = tmp_path / "moved"
    checkout.root.rename(moved)
    assert checkout.run(script=moved / "s3bench").returncode == 0
    assert checkout.installs() == 2


def test_links_to_the_script_find_the_checkout(checkout: Checkout) -> None:
    checkout.install_python()
    (checkout.bin / "inner").symlink_to(checkout.root / "s3bench")
    (checkout.bin / "outer").symlink_to("inner")
    assert checkout.run(script=checkout.bin / "outer").returncode == 0
    assert (checkout.root / ".venv").is_dir()


def test_missing_python_is_one_clear_sentence(checkout: Checkout) -> None:
    done = checkout.run()
    assert done.returncode == 1
    assert "no Python 3.11 or newer was found" in done.stderr and len(done.stderr.splitlines()) == 1


def test_old_python_is_not_used(checkout: Checkout) -> None:
    python = checkout.install_python()
    (checkout.state / "OLD").touch()
    assert "no Python 3.11 or newer was found" in checkout.run().stderr
    assert "is not a Python 3.11 or newer" in checkout.run(env={"PYTHON": str(python)}).stderr


def test_python_without_venv_says_what_to_install(checkout: Checkout) -> None:
    checkout.install_python()
    (checkout.state / "BARE").touch()
    done = checkout.run()
    assert done.returncode == 1
    assert "apt-get install python3.12-venv" in done.stderr and len(done.stderr.splitlines()) == 1


def test_chosen_python_is_used(checkout: Checkout, tmp_path: Path) -> None:
    chosen = checkout.install_python("chosen").rename(tmp_path / "my python")
    assert checkout.run(env={"PYTHON": str(chosen)}).returncode == 0
