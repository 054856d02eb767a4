"""Home: drafts, saved plans, examples."""
