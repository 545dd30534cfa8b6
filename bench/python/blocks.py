"""The seminar's numexpr: the numpy program as strings, which numexpr evaluates block by block on its threads."""
from grid import np, plane
from harness import interpreter, job, measure, need

ne = need("numexpr")
ne.set_num_threads(job.threads)


def escape():
    limit, radius = job.maxIterations, float(job.bailoutRadius)
    c = plane()
    z = np.zeros(c.shape, "complex128")
    counts = np.full(c.shape, limit, "int32")
    for n in range(1, limit):
        # Boolean indexing does not go with numexpr: every point is computed, and those that escaped stay at 0.
        active = ne.evaluate("counts == limit")
        z = ne.evaluate("where(active, z**2 + c, 0)")
        counts = ne.evaluate("where(active & (real(abs(z)) > radius), n, counts)")
    return counts


threads = "1 thread" if job.threads == 1 else f"{job.threads} threads"
measure(escape, f"numexpr {ne.__version__}, {threads}, numpy {np.__version__}, {interpreter()}")
