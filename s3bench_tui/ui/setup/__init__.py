"""What Setup is made of: the workload file as a draft, its fields, its sections, and the looking around at targets."""
