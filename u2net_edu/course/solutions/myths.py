"""The notebook of myths has no exercises to write."""
