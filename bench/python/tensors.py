"""The post's TensorFlow on the CPU: complex64 tensors, every point in every iteration, a tally."""
import os

from grid import np, plane
from harness import interpreter, job, measure, need

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = need("tensorflow", "TensorFlow")


def escape():
    with tf.device("/CPU:0"):
        c = tf.constant(plane().astype("complex64"))
        z = tf.zeros_like(c)
        # The count is the post's score and 1.
        tally = tf.ones_like(c, "float32")
        for _ in range(job.maxIterations - 1):
            z = z * z + c
            tally = tf.add(tally, tf.cast(tf.abs(z) <= job.bailoutRadius, "float32"))
        return np.array(tally)


measure(escape, f"TensorFlow {tf.__version__} on the CPU, {interpreter()}")
