"""az://: Azure Blob Storage."""
