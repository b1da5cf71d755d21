"""Jobs, tasks, answers, labels: the work itself, and the pages of those who do it."""
