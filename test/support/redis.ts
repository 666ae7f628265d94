import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Cache, createRedisCache, type RedisCacheOptions } from '../../src/outbound/cache.ts'
import { connects } from '../conformance/ready.ts'
import { type Child, startChild } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'
import { freePort, loopback } from './ports.ts'
import { longestWait } from './until.ts'

export interface RedisServer extends Child {
  readonly port: number
  readonly url: string
}

export interface RedisSetup {
  /** The port of a server that ended, to start it again. */
  readonly port?: number
  readonly password?: string
}

/** The real redis-server, in memory only. Resolves once it listens. */
export async function startRedis(t: Cleanup, setup: RedisSetup = {}): Promise<RedisServer> {
  const port = setup.port ?? (await freePort())
  const folder = temporaryFolder(t)
  const settings = {
    port: String(port),
    bind: loopback,
    dir: folder,
    save: '',
    appendonly: 'no',
    ...(setup.password === undefined ? {} : { requirepass: setup.password }),
  }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const child = startChild(t, {
    command: ['redis-server', ...options],
    logFile: join(folder, 'redis.log'),
  })
  while (!(await connects(port))) {
    if (!child.running()) throw new Error(`redis-server ended\n${child.log()}`)
    await wait(20)
  }
  const user = setup.password === undefined ? '' : `:${setup.password}@`
  return { ...child, port, url: `redis://${user}${loopback}:${port}` }
}

/** A cache that is connected to it. It waits long, because a loaded machine may be slow. */
export async function openCache(
  t: Cleanup,
  url: string,
  options: Omit<RedisCacheOptions, 'url'> = {},
): Promise<Cache> {
  const cache = createRedisCache({ url, answerTimeout: longestWait, ...options })
  t.after(() => cache.close())
  await untilRemembers(cache)
  return cache
}

/** Resolves once a stored value can be read. */
export async function untilRemembers(cache: Cache): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    cache.set('probe', attempt, 60_000)
    if ((await cache.get('probe')) === attempt) return
    await wait(20)
  }
  throw new Error('the cache stores nothing')
}
