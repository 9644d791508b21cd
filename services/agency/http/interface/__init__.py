"""What a partner reads of the interface: OpenAPI, AsyncAPI, `/docs` and the codes of refusals."""
