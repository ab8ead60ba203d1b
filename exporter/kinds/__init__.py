"""What each watched kind means. One folder for each kind; no I/O, no state."""
