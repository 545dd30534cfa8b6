"""The seminar's Cython: the loop of pure Python over typed numpy arrays; prange is the plain range where OpenMP is left out."""
import numpy as np
from cython.parallel import prange


cdef int count_of(double complex c, int maximum, double bailout2) noexcept nogil:
    cdef double complex z = 0
    cdef int n
    for n in range(1, maximum):
        z = z * z + c
        if z.real * z.real + z.imag * z.imag > bailout2:
            return n
    return maximum


def escape(double[:] columns, double[:] rows, int maximum, double bailout2, int threads):
    matrix = np.empty((rows.shape[0], columns.shape[0]), "int32")
    cdef int[:, :] counts = matrix
    cdef Py_ssize_t row, column
    for row in prange(rows.shape[0], nogil=True, num_threads=threads, schedule="dynamic"):
        for column in range(columns.shape[0]):
            counts[row, column] = count_of(columns[column] + 1j * rows[row], maximum, bailout2)
    return matrix
