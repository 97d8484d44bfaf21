"""The bodies of the API's requests and answers, by what they are about."""
