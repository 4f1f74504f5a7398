"""What the operator sees of the site: its log, its numbers, its failures. Never a word that anybody has typed."""
