"""Writes of the app `labeling`, one file an act."""
