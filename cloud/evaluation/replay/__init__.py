"""What another wording would have said: pictures judged again, with nothing changed by it."""
