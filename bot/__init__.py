"""The bot: channels in and out, what a conversation remembers, and the words around the report's own."""
