"""What a plan's user takes away: a folder of files that run, and the bookkeeping that keeps their own edits."""
