"""Developer tool: fits the throughput constants to public measurements and writes the catalogue's calibration.toml.

    python -m planner.calibrate MEASURED.csv

The application never imports this package; it reads the file. Same rows, same file.
"""
