import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { freePort, loopback } from '../conformance/ports.ts'
import type { Cell } from './types.ts'

/** Signs tokens and serves the keys that verify them. */
export interface Issuer {
  readonly url: string
  readonly jwks: string
  readonly tokens: (algorithm: Cell['algorithm'], count: number) => Promise<string[]>
  /** How many tokens were introspected so far. */
  readonly introspected: () => number
  readonly close: () => void
}

const generate = promisify(generateKeyPair)
const signAsync = promisify(sign)

export async function createIssuer(): Promise<Issuer> {
  const rsa = await generate('rsa', { modulusLength: 2048 })
  const ec = await generate('ec', { namedCurve: 'P-256' })
  const keys = [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'RS256', alg: 'RS256', use: 'sig' },
    { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ES256', alg: 'ES256', use: 'sig' },
  ]
  const port = await freePort()
  const issued = new Set<string>()
  let introspected = 0
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json')
    if (request.url === '/introspect') introspected += 1
    // The header shows that the rules were evaluated.
    response.setHeader('X-User', request.headers['x-user'] ?? [])
    answerOf(request, { issued, keys }).then(
      text => response.end(text),
      // A server that is stopped disconnects during its last calls.
      () => response.destroy(),
    )
  })
  await new Promise<void>(resolve => server.listen(port, loopback, resolve))
  const url = `http://${loopback}:${port}/`
  const privateKeys = { RS256: rsa.privateKey, ES256: ec.privateKey }
  return {
    url,
    jwks: `${url}jwks.json`,
    tokens: async (algorithm, count) => {
      const tokens = await signMany(privateKeys[algorithm], { algorithm, count, iss: url })
      for (const token of tokens) issued.add(token)
      return tokens
    },
    introspected: () => introspected,
    close: () => void server.close(),
  }
}

interface Known {
  readonly issued: ReadonlySet<string>
  readonly keys: readonly object[]
}

/** Keys, introspection, an authorizer that always allows, a session store that returns the request, and an upstream. */
async function answerOf(request: IncomingMessage, { issued, keys }: Known): Promise<string> {
  const body = await text(request)
  switch (request.url?.split('?', 1)[0]) {
    case '/introspect': {
      const token = new URLSearchParams(body).get('token') ?? ''
      return JSON.stringify(issued.has(token) ? { active: true, sub: 'alice' } : { active: false })
    }
    case '/check':
      return '{}'
    case '/hydrate':
      return body
    case '/jwks.json':
      return JSON.stringify({ keys })
    default:
      return '{"from": "the upstream"}'
  }
}

interface Order {
  readonly algorithm: Cell['algorithm']
  readonly count: number
  readonly iss: string
}

/** Each token has an id of its own. Batches use all cores of the machine. */
async function signMany(key: KeyObject, { algorithm, count, iss }: Order): Promise<string[]> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss,
    sub: 'alice',
    aud: ['shop'],
    iat: now - 60,
    exp: now + 86_400,
    scope: 'orders.read orders.write',
  }
  const head = encode({ alg: algorithm, kid: algorithm, typ: 'JWT' })
  const tokens: string[] = []
  while (tokens.length < count) {
    const first = tokens.length
    const batch = Array.from({ length: Math.min(64, count - first) }, (_, i) =>
      signOne(key, `${head}.${encode({ ...claims, jti: `${first + i}` })}`),
    )
    tokens.push(...(await Promise.all(batch)))
  }
  return tokens
}

async function signOne(key: KeyObject, signed: string): Promise<string> {
  const signature = await signAsync('sha256', Buffer.from(signed), {
    key,
    dsaEncoding: 'ieee-p1363',
  })
  return `${signed}.${signature.toString('base64url')}`
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
