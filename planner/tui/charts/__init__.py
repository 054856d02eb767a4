"""Charts as pure functions: numbers in, rows of styled text out. Nothing here loads Textual."""
