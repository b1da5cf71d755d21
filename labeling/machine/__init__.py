"""What pages tell of automated labelling: where it stands, what it promises, what it spares."""
