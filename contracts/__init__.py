"""What travels between the services: messages, subjects, streams, and the bus for them."""
