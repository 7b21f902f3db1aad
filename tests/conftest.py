"""How the tests run, and places to write to that are not as usual."""

import os

# before numpy is loaded: two threads of BLAS on a busy machine are slower than one
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import signal
import subprocess

import pytest
from hypothesis import settings

pytest_plugins = ["cohort_fixtures", "validation_fixtures"]

# a test run in the background ignores Ctrl-C, and so would the programs that it starts
signal.signal(signal.SIGINT, signal.default_int_handler)

# a busy machine is no defect: nothing is asserted about time
settings.register_profile("vbq", deadline=None)
settings.load_profile("vbq")


@pytest.fixture
def unprivileged():
    """What to put before a command so that it may not write and look everywhere, as root may."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may enter and write everywhere, and there is no setpriv")
    capabilities = "-dac_override,-dac_read_search"
    command = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("root may not give up its privileges here")
    return command


@pytest.fixture
def small_disk(tmp_path):
    """Makes a file system of a given size, e.g. ``"64k"``: it is full where others are not."""
    mounted = []

    def mount(size):
        if os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("only root can mount a small file system")
        place = tmp_path / f"tiny{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting is not allowed here")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)
