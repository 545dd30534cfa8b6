"""The seminar's numpy: whole-array operations under a mask of the points that have not escaped."""
from grid import np, plane
from harness import interpreter, job, measure


def escape():
    c = plane()
    z = np.zeros(c.shape, "complex128")
    counts = np.full(c.shape, job.maxIterations, "int32")
    for n in range(1, job.maxIterations):
        active = counts == job.maxIterations
        z[active] = z[active] ** 2 + c[active]
        counts[active & (np.abs(z) > job.bailoutRadius)] = n
    return counts


measure(escape, f"numpy {np.__version__}, {interpreter()}")
