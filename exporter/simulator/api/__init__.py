"""What is asked of the simulated server and how it answers, in the words of a real one; no socket is opened here."""
