"""What the pages tell of how far people agree."""
