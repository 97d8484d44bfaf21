"""The guides: Markdown that the service shows under /help, and MkDocs as a site of its own."""
