"""One package a protocol: a wire message into one use-case call, its result or error back."""
