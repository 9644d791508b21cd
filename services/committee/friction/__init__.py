"""Where partners are held back: a log's cases counted by month, and told without telling of anyone."""
