"""Results of load tools: one `Run` whatever wrote it, one file a tool."""
