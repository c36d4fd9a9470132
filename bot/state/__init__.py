"""What outlives a message: conversations, replies, feedback."""
