"""Police and gendarmerie (POL): the minors' and family units; in both realms."""
