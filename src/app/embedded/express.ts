/** `oarlock/express`: a middleware for Express, Connect and plain Node servers. */
import type { GuardOptions } from '../../doors/proxy/embedded/guarded-request.ts'
import { createMiddleware, type Middleware } from '../../doors/proxy/embedded/middleware.ts'
import { createUpgradeGuard, type UpgradeGuard } from '../../doors/proxy/embedded/upgrade-guard.ts'
import { createTrust } from '../../doors/request/trust.ts'
import { parseDuration } from '../../lib/duration.ts'
import { bugLog } from '../doors/bug-log.ts'
import { type EmbeddedOptions, embed } from './embedded.ts'

export type { Admitted } from '../../doors/proxy/embedded/guarded-request.ts'
export type { Middleware } from '../../doors/proxy/embedded/middleware.ts'
export type { UpgradeGuard } from '../../doors/proxy/embedded/upgrade-guard.ts'

export interface AuthorizerOptions extends EmbeddedOptions {
  /** Networks whose X-Forwarded-Proto and -For are trusted; default: none. */
  readonly trustedProxies?: readonly string[]
}

export interface Authorizer {
  /** Use it before all handlers that it protects. */
  readonly middleware: Middleware
  /** Wraps the handler of WebSockets: `server.on('upgrade', upgrade((request, socket, head) => …))`. */
  readonly upgrade: UpgradeGuard
  readonly close: () => Promise<void>
}

/** Rejects with an Error that names every problem of the configuration. */
export async function createAuthorizer(options: AuthorizerOptions): Promise<Authorizer> {
  const { config, log, decide, paths, gate, close } = await embed(options)
  const { limits } = config
  const guard: GuardOptions = {
    decide,
    gate,
    trust: createTrust(options.trustedProxies ?? []),
    paths,
    pathBytes: limits.path.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    onBug: bugLog(log),
  }
  return { middleware: createMiddleware(guard), upgrade: createUpgradeGuard(guard), close }
}
