"""Who may label: vendors, teams, workers, who is staffed on what."""
