"""Developer tool: fits the throughput constants to public measurements and writes the catalogue's calibration.toml.

    python -m planner.calibrate MEASURED.csv

The application never imports this package; it reads the file. Same rows, same file.
"""

import os

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # sums in one order on every machine, hence the same file; numpy is not loaded yet
