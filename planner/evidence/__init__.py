"""What users bring: logs, measurements and evaluations of their own, read into values that a plan can keep."""
