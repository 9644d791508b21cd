"""What the desks of an agency were told and have sent, added up: metadata only, no body."""
