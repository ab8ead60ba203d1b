"""What each watched kind means. One file for each kind; no I/O, no state."""
