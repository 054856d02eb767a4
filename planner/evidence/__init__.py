"""What users bring: logs, results of load tools, evaluations. Each room reads files and returns values for the plan."""
