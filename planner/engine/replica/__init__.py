"""One replica: what a model and a layout hold in memory, how fast they are, and at which concurrency.

Every physical quantity of many candidate replicas stands in columns: one numpy array a quantity, one row a candidate.
Memory and throughput are elementwise formulas over these columns; a single deployment is the case of one row. Unknown
is nan; what does not apply is the neutral value named in the field (no window is inf, a dense model has one expert).

Memory is the sum of checkpoint bytes, KV cache and the engine's overhead. Speed is a decode step and a prefill by
physics, scaled by fitted constants.
"""
