"""What the exercises ask for, one file a lesson. Reading on spoils the fun of writing your own."""
