"""Search by words: the store's own index where it has one, ours where not."""
