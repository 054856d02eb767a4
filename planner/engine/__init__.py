"""The pure engine: frozen values in, one frozen `Evaluation` out. Standard library and numpy only."""
