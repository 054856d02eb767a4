"""How many replicas: one cost curve from "API only" (no replica) to "no overflow".

Load of a workload is counted in Erlangs: replica-seconds of work per second, so prompts and generated tokens are both
counted. Interactive work beyond the safe capacity of an hour overflows to its API route; background work waits within
its deadline for idle capacity first; resident work may never overflow. When several workloads share a fleet, the one
whose overflow would cost most per Erlang is served first, which is optimal for a fluid.
"""
