/** `oarlock/express`: a middleware for Express, Connect and plain Node servers. */
import { createMiddleware, type Middleware } from '../../doors/proxy/middleware.ts'
import { createTrust } from '../../doors/trust.ts'
import { parseDuration } from '../../lib/duration.ts'
import { bugLog } from '../bug-log.ts'
import { type EmbeddedOptions, embed } from './embedded.ts'

export type { Admitted, Middleware } from '../../doors/proxy/middleware.ts'

export interface AuthorizerOptions extends EmbeddedOptions {
  /** Networks whose X-Forwarded-Proto and -For are believed; by default nobody's. */
  readonly trustedProxies?: readonly string[]
}

export interface Authorizer {
  /** To be used before everything that it guards. */
  readonly middleware: Middleware
  readonly close: () => Promise<void>
}

/** Rejects with an Error that names every problem of the configuration. */
export async function createAuthorizer(options: AuthorizerOptions): Promise<Authorizer> {
  const { config, log, decide, gate, close } = await embed(options)
  const { limits } = config
  const middleware = createMiddleware({
    decide,
    gate,
    trust: createTrust(options.trustedProxies ?? []),
    pathBytes: limits.path.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    onBug: bugLog(log),
  })
  return { middleware, close }
}
