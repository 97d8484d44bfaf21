"""The service: upload, watch, read, download. Its front door is :func:`api.app.create_app`."""
