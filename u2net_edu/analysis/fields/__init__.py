"""What a pixel can see, and how much it listens to it: functions of operators and a size."""
