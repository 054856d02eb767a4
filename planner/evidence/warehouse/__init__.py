"""Logs that stay where they are: the rollup as SQL for the engine that holds them, printed or run there.

`dialects` says how an engine writes a function, `sources` what the rows of a source hold, `query` puts both together,
`via` runs it through the engine's own driver, `read` takes the answer.
"""
