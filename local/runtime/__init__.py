"""Lambda runtime: AWS's own runtime client in processes, against a local Runtime API."""
