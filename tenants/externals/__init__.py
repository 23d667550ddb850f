"""External numbers that calls may be sent to. Live at once; each passes the dialling gate when saved and dialled."""
