"""What the programs share: the job from the command line, timed runs, and the result as one line of JSON.

argv[1] is JSON: width, height, x0, x1, y0, y1, endpoint, maxIterations, bailoutRadius, preset, threads, repeats, budget (ms),
counts (where to write them, float32, row by row), build (a folder for what is compiled).
"""
import array
import importlib
import itertools
import json
import platform
import sys
import time
from types import SimpleNamespace

_start = time.perf_counter()

job = SimpleNamespace(**json.loads(sys.argv[1]))


def skip(reason):
    """Ends the program, which cannot run here."""
    print(json.dumps({"skipped": reason}))
    sys.exit(0)


def need(module, label=None):
    """Imports a module, or ends the program with the reason why not."""
    label = label or module
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == module:
            skip(f"{label} is not installed")
        skip(f"{label} cannot be imported: {error}")
    except ImportError as error:
        skip(f"{label} cannot be imported: {(str(error).strip() or 'ImportError').splitlines()[0]}")


def axis(start, stop, n):
    """n coordinates by the rules of numpy.linspace, as a list."""
    if n == 1:
        return [start]
    step = (stop - start) / (n - 1 if job.endpoint else n)
    numbers = [start + i * step for i in range(n)]
    if job.endpoint:
        numbers[-1] = stop
    return numbers


def interpreter():
    """The interpreter and its version."""
    name = platform.python_implementation()
    if name == "PyPy":
        return "PyPy " + ".".join(map(str, sys.pypy_version_info[:3]))
    return f"{name} {platform.python_version()}"


def measure(program, device, earlier=0):
    """Runs the program once cold, then up to job.repeats times within the budget, and prints what is to be known.

    A program takes nothing and returns the counts: a numpy matrix or a list of rows. earlier: seconds that an earlier process has spent
    on what this one found made.
    """
    setup = 1000 * (time.perf_counter() - _start + earlier)
    times = []
    spent = 0
    while True:
        start = time.perf_counter()
        counts = program()
        times.append(1000 * (time.perf_counter() - start))
        spent += times[-1]
        if len(times) > job.repeats or spent > job.budget:
            break
    if isinstance(counts, list):
        flat = array.array("f", itertools.chain.from_iterable(counts))
        total = float(sum(flat))
    else:
        flat = counts.astype("float32")
        total = float(flat.sum(dtype="float64"))
    with open(job.counts, "wb") as file:
        flat.tofile(file)
    print(json.dumps({"device": device, "setup": setup, "times": times, "countSum": total}))
