"""The BLAS kernels and vector units of this machine, for .ci/kernels.

kernels.py others     two kernels of OpenBLAS other than the one that is in force, each shown to be
                      in force when asked for
kernels.py features   numpy's vector units beyond AVX2 that this processor has, as
                      NPY_DISABLE_CPU_FEATURES wants them
"""

import os
import subprocess
import sys

# the last one only where the processor has AVX-512: without, it would stop at an illegal
# instruction
CANDIDATES = ("Haswell", "Nehalem", "Zen", "SkylakeX")
BEYOND_AVX2 = ("AVX512", "X86_V4")
ASK = """
import numpy, scipy.linalg, threadpoolctl
scipy.linalg.inv(numpy.eye(64) @ numpy.eye(64))  # it computes
pools = threadpoolctl.threadpool_info()
print(*{pool["architecture"] for pool in pools if pool["internal_api"] == "openblas"})
"""


def in_force(kernel=None):
    """The kernels of numpy's and scipy's BLAS in a process that asks for this one; one name when
    both agree, empty when it fails."""
    asked = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"} | (
        {"OPENBLAS_CORETYPE": kernel} if kernel else {}
    )
    return subprocess.run(
        [sys.executable, "-c", ASK],
        env=asked,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    ).stdout.strip()


def features():
    """numpy refuses to start when it is told to do without what it was built to need, and warns of
    what isn't there."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [
        name for name in __cpu_dispatch__ if name.startswith(BEYOND_AVX2) and __cpu_features__[name]
    ]


def others():
    """Names as threadpoolctl gives them: some are asked for by one name and answer with
    another's."""
    found = [in_force(os.environ.get("OPENBLAS_CORETYPE"))]
    for kernel in CANDIDATES:
        name = in_force(kernel) if kernel != "SkylakeX" or features() else ""
        if name and name not in found and in_force(name) == name:
            found.append(name)
    return found[1:3]


if __name__ == "__main__":
    print(*{"others": others, "features": features}[sys.argv[1]]())
