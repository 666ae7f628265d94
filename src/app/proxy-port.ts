import type { Config } from '../config/config.ts'
import { proxySettings } from '../config/environment.ts'
import { withCors } from '../doors/cors.ts'
import type { Gate } from '../doors/gate.ts'
import { createProxyDoor, type UpstreamProblem } from '../doors/proxy/door.ts'
import { createTrust } from '../doors/trust.ts'
import { parseDuration } from '../lib/duration.ts'
import { environment } from '../lib/environment.ts'
import type { Decide } from '../model/decision.ts'
import { errorText, type Log } from '../observability/log.ts'
import { createDispatcher } from '../outbound/http.ts'
import { corsOf } from './cors.ts'
import { type HttpListener, listenHttp } from './http-listener.ts'
import { httpPort } from './listen-options.ts'
import { outboundTls } from './outbound-tls.ts'
import { createServerTls } from './server-tls.ts'

export interface ProxyPortOptions {
  readonly config: Config
  readonly log: Log
  readonly decide: Decide
  readonly gate: Gate
}

/** As large as an upstream's answer headers may be: cookies and policies of real services stay far below. */
const answerHeaderBytes = 256 * 1024
const connectTimeout = 10_000

/** The reverse proxy, with connections of its own to the upstreams. */
export async function startProxy(options: ProxyPortOptions): Promise<HttpListener | undefined> {
  const { config, log } = options
  const { proxy } = config.serve
  if (!proxy.enabled) return undefined
  const { limits } = config
  const tls = outboundTls(config)
  const serverTls = createServerTls('serve.proxy.tls', proxy.tls, log)
  const dispatcher = createDispatcher({
    proxy: proxySettings(environment()),
    tls,
    http2: true,
    headerBytes: answerHeaderBytes,
    connectTimeout,
  })
  const door = createProxyDoor({
    decide: options.decide,
    gate: options.gate,
    dispatcher,
    tls,
    scheme: serverTls ? 'https' : 'http',
    trust: createTrust(proxy.trust_forwarded_headers ? proxy.trusted_proxies : []),
    appendForwardedFor: proxy.append_forwarded_for,
    pathBytes: limits.path.bytes,
    bodyBytes: limits.body.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    writeTimeout: parseDuration(proxy.timeout.write),
    onBug: bug => log.error('A door failed', { cause: errorText(bug) }),
    onUpstreamFailure: logUpstreamFailure(log),
  })
  const cors = await corsOf(proxy, log)
  const listener = await listenHttp({
    ...httpPort(config, proxy, serverTls),
    onRequest: cors ? withCors(cors, door.request) : door.request,
    onUpgrade: door.upgrade,
  })
  return {
    address: listener.address,
    close: async grace => {
      await listener.close(grace)
      serverTls?.close()
      await dispatcher.destroy()
    },
  }
}

const logUpstreamFailure =
  (log: Log) =>
  ({ rule, upstream, error }: UpstreamProblem): void =>
    log.warn('The upstream gave no answer', {
      rule_id: rule,
      upstream,
      reason: error.message,
      code: (error as NodeJS.ErrnoException).code,
    })
