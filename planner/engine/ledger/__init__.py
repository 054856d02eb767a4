"""What it costs and how sure that is: months, strategies, break-even, risk."""
