"""Trying templates: each in the real frame in a browser, filled in, submitted, and reported on."""
