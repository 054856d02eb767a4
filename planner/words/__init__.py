"""The only room with sentences: what the engine's values say in plain English."""
