"""Which replicas are worth costing: every model x format x KV dtype x GPU offer x parallelism, filtered and ranked."""
