"""What follows from what happened: the log as evidence, and webhooks that tell of it elsewhere."""
