/**
 * Starts one Oarlock with an open and a guarded area, and offers every way to send it a request. An outcome is the
 * id of the rule that allows the request, or the status of the denial.
 */
import { connect } from 'node:net'
import type { Answer as CheckAnswer, CheckHttp } from '../support/check.ts'
import { checkOf, rawHeaders } from '../support/check.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { checkClient } from '../support/grpc-client.ts'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

export const key = makeKey('ES256', 'areas')
export const adminToken = await makeToken(key, { sub: 'root', scope: 'admin' })
export const userToken = await makeToken(key, { sub: 'alice', scope: 'user' })

export const handlers = {
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    noop: { enabled: true },
    unauthorized: { enabled: true },
    jwt: {
      enabled: true,
      config: {
        jwks_urls: [inline(keySetOf(key))],
        allowed_algorithms: ['ES256'],
        scope_strategy: 'exact',
      },
    },
  },
  authorizers: { allow: { enabled: true }, deny: { enabled: true } },
  mutators: { noop: { enabled: true }, header: { enabled: true, config: { headers: {} } } },
}

const named = (id: string) => [
  { handler: 'header', config: { headers: { 'X-Rule': id, 'X-User': '{{ print .Subject }}' } } },
]

/** A rule for requests without a credential and for requests with a token. */
export const open = (id: string, url: string, methods: readonly string[] = ['GET']) => ({
  id,
  match: { url, methods },
  authenticators: [{ handler: 'jwt' }, { handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: named(id),
})

/** A rule for tokens with the scope `admin` only. */
export const guarded = (id: string, url: string, methods: readonly string[] = ['GET']) => ({
  ...open(id, url, methods),
  authenticators: [{ handler: 'jwt', config: { required_scope: ['admin'] } }],
})

export const host = 'app.example'

export const areas = [
  open('public', `http://${host}/public<(/.*)?>`),
  guarded('admin', `http://${host}/admin<(/.*)?>`),
]

export interface Asked {
  readonly method?: string
  readonly scheme?: string
  readonly host?: string
  readonly target?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

export type Result = string | number

export type Way = (asked: Asked) => Promise<Result>

export const wayNames = ['decisions', 'forwarded', 'grpc', 'proxy'] as const
export type WayName = (typeof wayNames)[number]

export interface Areas extends Record<WayName, Way> {
  readonly oarlock: Oarlock
  /** The upstream of the proxy: answers 200 with the X-Rule that it received. */
  readonly upstream: Upstream
  readonly check: (http: CheckHttp, rest?: object) => Promise<CheckAnswer>
}

export interface AreasSetup {
  readonly rules?: readonly object[]
  readonly config?: Readonly<Record<string, unknown>>
}

export async function startAreas(
  t: Cleanup,
  { rules = areas, config = {} }: AreasSetup = {},
): Promise<Areas> {
  const upstream = await startUpstream(t, (response, received) => {
    response.setHeader('X-Rule', received.all('x-rule'))
    response.end()
  })
  const url = `http://127.0.0.1:${upstream.port}`
  const routed = rules.map(rule => ({ upstream: { url }, ...rule }))
  const oarlock = await startOarlock(t, { config: { ...handlers, ...config }, rules: routed })
  const client = checkClient(t, `127.0.0.1:${oarlock.grpc}`)
  const check: Areas['check'] = (http, rest) => client.check(checkOf(http, rest))
  return {
    oarlock,
    upstream,
    check,
    proxy: async asked => answerResult(await ask(oarlock.proxy, { host, ...asked })),
    decisions: async asked => answerResult(await askDecisions(oarlock.api, asked)),
    forwarded: async asked => answerResult(await askForwarded(oarlock.api, asked)),
    grpc: async ({ target = '/', headers = [], ...http }) =>
      checkResult(await check({ host, ...http, path: target, ...rawHeaders(...headers) })),
  }
}

const askDecisions = (port: number, { target = '/', ...asked }: Asked): Promise<Answer> =>
  ask(port, { host, ...asked, target: `/decisions${target}` })

const askForwarded = (port: number, asked: Asked): Promise<Answer> => {
  const { method = 'GET', scheme = 'http', target = '/', headers = [] } = asked
  const forwarded = [
    ['X-Forwarded-Method', method],
    ['X-Forwarded-Proto', scheme],
    ['X-Forwarded-Host', asked.host ?? host],
    ['X-Forwarded-Uri', target],
  ] as const
  return ask(port, {
    host: 'gateway.example',
    target: '/decisions',
    headers: [...headers, ...forwarded],
  })
}

export const answerResult = (answer: Answer): Result =>
  answer.status === 200 ? `${answer.all('x-rule')}` : answer.status

export function checkResult({ status, ok_response, denied_response }: CheckAnswer): Result {
  if ((status?.code ?? 0) !== 0) return httpStatus(denied_response?.status?.code)
  const rule = ok_response?.headers?.find(({ header }) => header.key.toLowerCase() === 'x-rule')
  return rule?.header.value ?? ''
}

const statuses: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  URITooLong: 414,
  RequestHeaderFieldsTooLarge: 431,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  GatewayTimeout: 504,
}

const httpStatus = (code: number | string | undefined): number =>
  typeof code === 'number' ? code : (statuses[code ?? 'Forbidden'] ?? Number.NaN)

export const bearer = (token: string) => ['Authorization', `Bearer ${token}`] as const

/**
 * Sends the request with an admin token and without a token. The first answer names the rule. The second must agree,
 * since the guarded area denies anonymous requests and no other denial depends on a credential.
 */
export async function resultOf(way: Way, asked: Asked): Promise<Result> {
  const { headers = [] } = asked
  const result = await way({ ...asked, headers: [...headers, bearer(adminToken)] })
  const anonymous = await way(asked)
  const expected = result === 'admin' ? 401 : result
  if (anonymous !== expected) throw new Error(`with a token ${result}, without ${anonymous}`)
  return result
}

/** Everything that one connection receives until the other side ends it. */
export const exchange = (port: number, bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const parts: Buffer[] = []
    socket.setTimeout(15_000, () => socket.destroy(new Error('the connection stays open')))
    socket.on('data', part => parts.push(part))
    socket.on('end', () => resolve(Buffer.concat(parts).toString('latin1')))
    socket.on('error', reject)
  })
