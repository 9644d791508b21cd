"""The containers for real: images built without a registry, the compose file run by podman-compose."""
