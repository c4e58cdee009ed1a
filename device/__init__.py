"""The Visant device client: takes stills, keeps them safe, and uploads them."""
