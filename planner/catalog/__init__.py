"""Facts as TOML with source and date, and the loader that turns them into `planner.engine.specs.Catalog`."""
