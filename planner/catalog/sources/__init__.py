"""Price lists that others publish as packages, read without running them, and what they say otherwise than we do."""
