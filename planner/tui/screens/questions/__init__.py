"""Questions: six steps."""
