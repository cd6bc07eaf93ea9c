"""What GenAI programs are judged with: evaluation datasets, scorers, label schemas, review queues.

Each belongs to one experiment, on which every decision about it is made.
"""
