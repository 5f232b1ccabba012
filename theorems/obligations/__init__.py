"""What is proved, one file a topic: statements about all functions of a class, for all parameters."""
