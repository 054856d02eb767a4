"""Tests of reading and scoring measurements."""
