"""How times are written where Django writes them: as the pages do, in 24 hours."""
