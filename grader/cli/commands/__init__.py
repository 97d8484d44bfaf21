"""The commands: a file each, or a family of them in one."""
