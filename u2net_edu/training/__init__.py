"""How a network learns: scenes and folders, the loss, the measures, the loop."""
