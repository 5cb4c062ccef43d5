"""Does mmcl do, step for step, what the methods' authors do? See README.md."""
