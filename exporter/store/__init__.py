"""The cache: compressed objects by key and the indexes over them. No I/O enters, and no clock."""
