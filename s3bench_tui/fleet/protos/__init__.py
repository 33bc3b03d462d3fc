"""The messages on the wire: the .proto files, and what protoc made of them (CONTRIBUTING.md says how)."""
