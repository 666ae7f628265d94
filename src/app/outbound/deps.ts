import type { Config } from '../../config/config.ts'
import { proxySettings } from '../../config/environment.ts'
import type { Deps } from '../../handlers/kind.ts'
import { parseDuration } from '../../lib/duration.ts'
import { environment } from '../../lib/environment.ts'
import { createResources } from '../../model/protected-resources.ts'
import type { Log } from '../../observability/log.ts'
import type { OutboundTally } from '../../observability/metrics/outbound.ts'
import { type Cache, createMemoryCache, createRedisCache } from '../../outbound/cache.ts'
import {
  type CallProblem,
  counted,
  createHttp,
  type Http,
  warnAboutFailures,
} from '../../outbound/http.ts'
import { createKeySets } from '../../outbound/key-sets.ts'
import { textCompiler } from '../../rules/matching/text-compiler.ts'
import { callsServices } from './calls-services.ts'
import { logKeySet } from './key-set-log.ts'
import { outboundTls } from './outbound-tls.ts'

export interface OwnedDeps extends Deps {
  close(): Promise<void>
}

/** What a program has and a command has not, or the other way round. */
export interface DepsOptions {
  readonly log?: Log | undefined
  readonly calls?: OutboundTally | undefined
  /** Stands between handlers and services, for commands that make no calls. */
  readonly guard?: (http: Http) => Http
  /** Milliseconds since the epoch; default: the time of the machine. */
  readonly now?: () => number
}

/** What handlers use to reach services: one client and one store of key sets. Both stay at a reload. */
export async function createDeps(
  config: Config,
  { log, calls, guard = http => http, now = Date.now }: DepsOptions = {},
): Promise<OwnedDeps> {
  const { outbound } = config.limits
  const jwt = config.authenticators.jwt?.config
  const proxy = proxySettings(environment())
  const plain = createHttp({
    timeout: parseDuration(outbound.timeout),
    concurrent: outbound.concurrent,
    bytes: outbound.bytes,
    proxy,
    tls: outboundTls(config),
  })
  // A proxy whose URL is not valid is reported now.
  if (proxy.http !== undefined || proxy.https !== undefined || callsServices(config)) {
    await plain.prepare()
  }
  const guardedHttp = guard(plain)
  const measured = calls === undefined ? guardedHttp : counted(guardedHttp, calls)
  const http =
    log === undefined
      ? measured
      : warnAboutFailures(measured, { warn: warnWith(log), now: Date.now })
  const keySets = createKeySets({
    http,
    now,
    ttl: parseDuration(jwt?.jwks_ttl ?? '30s'),
    ...(log && { report: logKeySet(log) }),
    maxWait: parseDuration(jwt?.jwks_max_wait ?? '1s'),
  })
  const cache = createCache(config, log)
  return {
    http,
    keySets,
    cache,
    resources: createResources(config.resources),
    now,
    strategy: config.access_rules.matching_strategy,
    compileText: textCompiler(config.access_rules.matching_strategy),
    bodyBytes: config.limits.body.bytes,
    templateSettings: { allow: config.templates.allow },
    close: async () => {
      keySets.close()
      await cache.close()
      await http.close()
    },
  }
}

const warnWith =
  (log: Log) =>
  (problem: CallProblem): void =>
    log.warn('A call to another service failed', { ...problem })

/** Commands have no log and serve no requests, so they use no shared cache. */
function createCache({ cache }: Config, log: Log | undefined): Cache {
  const url = cache.redis?.url
  if (log === undefined || cache.backend !== 'redis' || url === undefined) {
    return createMemoryCache(cache.memory.bytes)
  }
  return createRedisCache({
    url,
    report: problem =>
      problem === undefined
        ? log.info('The cache server can be reached again')
        : log.warn('The cache server cannot be reached: nothing is cached', { problem }),
  })
}
