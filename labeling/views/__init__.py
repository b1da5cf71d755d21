"""Pages of the app `labeling`: the worker portal, the customer's object review, media."""
