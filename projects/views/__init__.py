"""Pages of the app `projects`, one file a subject."""
