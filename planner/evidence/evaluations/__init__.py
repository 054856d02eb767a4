"""Results of evaluations: one score a prompt and model whatever wrote it, paired, and the test of "within 10 %"."""
