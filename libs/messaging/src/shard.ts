/**
 * Which shard a key belongs to: FNV-1a, 32 bit, over the key's UTF-8 bytes, modulo `shards`.
 * The publisher hashes, not the broker: RabbitMQ's consistent-hash exchange moved 852 of 1,000 keys to other queues
 * over a restart.
 * @param shards how many shards there are; fixed for the life of the queues
 * @returns 0 … shards - 1
 */
export function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % shards;
}

/** A shard's number as it stands in queue names and routing keys: two digits, `07`. */
export function shardSuffix(shard: number): string {
  return String(shard).padStart(2, '0');
}
