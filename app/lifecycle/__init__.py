"""What follows from what happened: the log as evidence, for those who may see it."""
