"""The specialist association (ASSO) and street outreach (PSP)."""
