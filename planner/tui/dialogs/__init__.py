"""Dialogs: small questions above a place. Escape always means "leave everything as it is"."""
