"""The post's TensorFlow step in numpy: complex64, every point in every iteration, and a tally of those still below the radius."""
from grid import np, plane
from harness import interpreter, job, measure


def escape():
    c = plane().astype("complex64")
    z = np.zeros_like(c)
    # The count is the post's score and 1.
    tally = np.ones(c.shape, "float32")
    for _ in range(job.maxIterations - 1):
        z = z * z + c
        tally = tally + (np.abs(z) <= job.bailoutRadius).astype("float32")
    return tally


# Points that escaped grow to infinity and NaN, which count as escaped.
np.seterr(all="ignore")
measure(escape, f"numpy {np.__version__}, {interpreter()}")
