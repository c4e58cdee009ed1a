"""What any web product needs, and no word of Visant: settings, database, errors, news, workers."""
