"""Checks against other people's packages, by hand: they are installed beside this one, and no test needs them."""
