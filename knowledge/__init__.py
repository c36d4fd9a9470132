"""Everything the bot knows: a report parsed into sections, its questions, and how to search and judge them.

Nothing here talks to a network, a clock or a chat channel.
"""
