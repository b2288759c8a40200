"""Questions that one asks of a network: its operators, what each costs and what each pixel sees."""
