"""Usage logs of gateways, vendors, agents and serving engines, as one table of hours.

`read.py: read_usage` is the door. What a file is called, and by whom it was written, is found by its keys; everything
that is said about it comes from the table of hours, whichever engine made that.
"""
