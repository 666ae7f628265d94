/** The cache: its interface for handlers, and its constructors for the app. */
export { type Cache, type CacheCounters, cacheKey } from './cache/contract.ts'
export { createMemoryCache } from './cache/memory.ts'
export { createRedisCache, type RedisCacheOptions } from './cache/redis.ts'
