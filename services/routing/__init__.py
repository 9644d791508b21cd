"""The blind router of one realm: one process a shard, static partitions, exactly once."""
