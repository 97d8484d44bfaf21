"""The API's reference as a page: made here from the OpenAPI document, with no script."""
