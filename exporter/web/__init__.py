"""What is answered over HTTP. No request to the API server starts here."""
