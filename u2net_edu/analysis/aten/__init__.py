"""What is known of torch's own operators: what each is called, costs, and reads."""
