"""Many machines: agents that serve, controllers that ask them. Needs the extra `fleet`; nothing else in the house does."""
