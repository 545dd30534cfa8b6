"""The grid as numpy has it."""
from harness import job, need

np = need("numpy")


def axes():
    """Coordinates of the columns and of the rows."""
    return (
        np.linspace(job.x0, job.x1, job.width, endpoint=job.endpoint),
        np.linspace(job.y0, job.y1, job.height, endpoint=job.endpoint),
    )


def plane():
    """The matrix of c, complex128."""
    xs, ys = np.meshgrid(*axes())
    return xs + 1j * ys
