"""What a network has learned: files of weights, the authors' own, and where they come from."""
