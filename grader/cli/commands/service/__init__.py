"""The commands of whoever runs a service: its processes, accounts, platforms and care."""
