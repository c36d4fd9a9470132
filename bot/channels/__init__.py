"""Ways in and out: the terminal, and HTTP with the web page."""
