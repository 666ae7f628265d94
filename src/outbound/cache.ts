/** The one cache: what handlers see of it, and how the app makes one. */
export { type Cache, type CacheCounters, cacheKey } from './cache/contract.ts'
export { createMemoryCache } from './cache/memory.ts'
export { createRedisCache, type RedisCacheOptions } from './cache/redis.ts'
