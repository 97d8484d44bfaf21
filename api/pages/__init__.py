"""The web page: server-rendered, live where there is JavaScript, whole without it."""
