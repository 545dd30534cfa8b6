"""Compiles escape.pyx as the seminar does, with -O3 and no more, and runs it; with threads by OpenMP."""
import importlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time

from grid import axes, np
from harness import interpreter, job, measure, need, skip

cython = need("Cython")
compiler = os.environ.get("CC") or next(filter(shutil.which, ["cc", "gcc", "clang"]), None)
if not compiler:
    skip("there is no C compiler")
if not shutil.which(shlex.split(compiler)[0]):
    skip(f"CC ({compiler}) is not here")
openmp = job.threads > 1


def run(command):
    """Runs a command; the first line of what it complains about, or None."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:

        def stop(*_):
            child.kill()
            sys.exit(1)

        # It would go on without this program.
        signal.signal(signal.SIGTERM, stop)
        output, errors = child.communicate()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if child.returncode == 0:
        return None
    lines = [line for line in (errors or output).splitlines() if "error" in line]
    return (lines or [f"exit code {child.returncode}"])[0].strip()


folder = os.path.join(job.build, "openmp" if openmp else "serial")
module = os.path.join(folder, "escape" + sysconfig.get_config_var("EXT_SUFFIX"))
# How long it took to build: an earlier program of the same comparison may have built it.
took = os.path.join(folder, "seconds")
earlier = 0
if os.path.exists(took):
    with open(took) as file:
        earlier = float(file.read())
else:
    start = time.perf_counter()
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, "escape.c")
    pyx = os.path.join(os.path.dirname(os.path.abspath(__file__)), "escape.pyx")
    failure = run([sys.executable, "-m", "cython", "-3", pyx, "-o", source])
    if failure:
        skip(f"Cython does not translate escape.pyx: {failure}")
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    include = "-I" + sysconfig.get_paths()["include"]
    # ISO C: without it gcc contracts to fused multiply-adds where there are some, and the counts would not be those of the loop.
    flags = ["-std=c99", "-O3", "-fPIC", *shared, *(["-fopenmp"] if openmp else [])]
    failure = run([*shlex.split(compiler), *flags, include, source, "-o", module])
    if failure:
        skip(f"{compiler} does not compile it{' with OpenMP' if openmp else ''}: {failure}")
    with open(took, "w") as file:
        file.write(str(time.perf_counter() - start))

sys.path.insert(0, folder)
escape = importlib.import_module("escape").escape
threads = f"{job.threads} threads" if openmp else "1 thread"
measure(
    lambda: escape(*axes(), job.maxIterations, job.bailoutRadius**2, job.threads),
    f"Cython {cython.__version__}, {compiler} -O3, {threads}, numpy {np.__version__}, {interpreter()}",
    earlier,
)
