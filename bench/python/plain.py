"""The two articles' pure Python: one pixel after another, each a loop over Python's own complex numbers."""
from harness import axis, interpreter, job, measure


def seminar():
    """Squares by a product, in nested loops that fill lists of rows."""
    maximum, radius = job.maxIterations, job.bailoutRadius
    matrix = []
    for y in axis(job.y0, job.y1, job.height):
        line = []
        for x in axis(job.x0, job.x1, job.width):
            c = x + 1j * y
            z = 0
            count = maximum
            for n in range(1, maximum):
                z = z * z + c
                if abs(z) > radius:
                    count = n
                    break
            line.append(count)
        matrix.append(line)
    return matrix


def count_of(c, maximum):
    """Squares by a power; the post's score, from 0 on, is one less."""
    z = 0
    for n in range(1, maximum):
        z = z**2 + c
        if abs(z) > job.bailoutRadius:
            return n
    return maximum


def post():
    """A call for every pixel."""
    pixels = [[0] * job.width for _ in range(job.height)]
    columns = axis(job.x0, job.x1, job.width)
    for row, y in enumerate(axis(job.y0, job.y1, job.height)):
        for column, x in enumerate(columns):
            pixels[row][column] = count_of(x + 1j * y, job.maxIterations)
    return pixels


measure(post if job.preset == "gellert" else seminar, interpreter())
