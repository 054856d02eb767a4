"""TOML files: where each key stands, bytes written whole or not at all, and one way to say what is wrong."""
