"""The plan on screen and what is known of it; nothing here loads Textual."""
