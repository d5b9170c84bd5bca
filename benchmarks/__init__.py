"""What the procedure costs and how good it is, measured on the demo. The project imports none of it."""
