"""What the nested map, the field explorer and the page share: a network on an image."""
