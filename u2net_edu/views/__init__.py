"""What one sees: one style, the figures, the widgets."""
