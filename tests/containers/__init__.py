"""The containers for real: images without a registry, the compose file by podman-compose."""
