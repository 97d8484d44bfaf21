"""The network that the lab quantizes, its equations, and networks beside it."""
