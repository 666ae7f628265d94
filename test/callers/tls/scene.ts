import { bearer } from '../../envoy/example.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { startOarlock } from '../../support/oarlock.ts'
import { type Answer, type Ask, toAnswer } from '../../support/raw-http.ts'
import { askHttp2, type Fields, type Http2Answer, type Http2Ask } from '../../support/raw-http2.ts'
import { startUpstream } from '../../support/upstream.ts'
import { oarlockConfig, type Scene, type Setup } from '../scene.ts'
import { rulesOf, startSessions } from './rules.ts'

/** A scene whose clients use HTTP/2 over TLS. */
export interface EncryptedScene extends Scene {
  /** Fields without changes, pseudo-headers included. */
  readonly askRaw: (request: Http2Ask) => Promise<Http2Answer>
}

export async function startEncryptedScene(
  t: Cleanup,
  { folder, start, traits }: Setup,
): Promise<EncryptedScene> {
  const [upstream, sessions] = await Promise.all([startUpstream(t), startSessions(t)])
  const config = withSessions(oarlockConfig(folder))
  const setup = { config, rules: rulesOf(folder, sessions) }
  const oarlock = await startOarlock(t, setup)
  const proxy = await start(t, { oarlock: oarlock.api, upstream: upstream.port })
  const { port } = proxy
  upstream.take()
  const ask = async (request: Ask) => asAnswer(await askHttp2(port, inHttp2(request)))
  return {
    ...{ proxy, upstream, oarlock, traits, start, ask },
    askAsAlice: request => ask({ ...request, headers: [...(request.headers ?? []), bearer] }),
    again: ports => startOarlock(t, { ...setup, ports }),
    askRaw: request => askHttp2(port, request),
  }
}

const withSessions = (config: Record<string, unknown>): Record<string, unknown> => ({
  ...config,
  authenticators: {
    ...(config['authenticators'] as object),
    cookie_session: { enabled: true, config: { check_session_url: 'http://127.0.0.1:9' } },
  },
})

/** The pseudo-headers of a request. */
export const fieldsOf = ({ method = 'GET', target = '/', host = 'app.example' }: Ask): Fields => [
  [':method', method],
  [':scheme', 'https'],
  [':authority', host],
  [':path', target],
]

const inHttp2 = (ask: Ask): Http2Ask => ({
  fields: [
    ...fieldsOf(ask),
    ...(ask.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const),
  ],
  ...(ask.body && { body: ask.body }),
})

/** A 400 in HTTP/1.1 is a stream reset in HTTP/2. */
const asAnswer = (answer: Http2Answer): Answer =>
  answer === 'refused'
    ? toAnswer({ kind: 'answer', status: 400, headers: [], body: Buffer.alloc(0) })
    : answer
