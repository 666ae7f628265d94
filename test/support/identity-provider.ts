/** A certified OpenID provider, with the endpoints that a resource server uses. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestContext } from 'node:test'
import { Provider } from 'oidc-provider'
import type { TestKey } from './keys.ts'
import { listen } from './listen.ts'
import { loopback } from './ports.ts'

export interface IdentityProvider {
  /** `http://host:port`; its endpoints are below. */
  readonly issuer: string
  /** Paths that were called, with the status of the answer, such as `/jwks 200`. */
  readonly calls: readonly string[]
  /** An access token of the client `app`: signed if it is for the resource, otherwise opaque. */
  readonly token: (request?: TokenRequest) => Promise<string>
  readonly revoke: (token: string) => Promise<void>
  /** Replaces the keys, the first of which signs; tokens issued before are unknown afterwards. */
  readonly rotate: (...keys: readonly TestKey[]) => void
  readonly stop: () => Promise<void>
}

export interface TokenRequest {
  readonly scope?: string
  readonly resource?: string
}

export const client = { id: 'app', secret: 'secret-of-app' } as const
export const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
/** Access tokens for it are signed, and valid for `lifetime`. */
export const resource = 'https://api.example'
export const lifetime = 600

export async function startIdentityProvider(
  t: TestContext,
  ...keys: readonly TestKey[]
): Promise<IdentityProvider> {
  const calls: string[] = []
  const server = createServer((request, response) => {
    response.once('finish', () => calls.push(`${request.url} ${response.statusCode}`))
    void answer(request, response)
  })
  const issuer = `http://${loopback}:${await listen(t, server)}`
  const answerWith = (signing: readonly TestKey[]) =>
    new Provider(issuer, settings(signing)).callback()
  let answer = answerWith(keys)

  async function post(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
    return fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { Authorization: basic },
      body: new URLSearchParams(form),
    })
  }

  return {
    issuer,
    calls,
    token: async request => {
      const answer = await post('/token', { grant_type: 'client_credentials', ...request })
      const { access_token: token } = (await answer.json()) as { access_token?: string }
      if (token === undefined) throw new Error(`no token: ${answer.status}`)
      return token
    },
    revoke: async token => {
      const answer = await post('/token/revocation', { token })
      if (!answer.ok) throw new Error(`not revoked: ${answer.status}`)
    },
    rotate: (...next) => {
      answer = answerWith(next)
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const settings = (keys: readonly TestKey[]): object => ({
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'read write',
    },
  ],
  clientDefaults: { id_token_signed_response_alg: keys[0]?.alg },
  scopes: ['read', 'write', 'admin'],
  jwks: {
    keys: keys.map(({ privateKey, kid, alg }) => ({
      ...(privateKey.export({ format: 'jwk' }) as { kty: string }),
      kid,
      alg,
      use: 'sig',
    })),
  },
  ttl: { ClientCredentials: lifetime },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'read write admin',
        audience: resource,
        accessTokenTTL: lifetime,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: keys[0]?.alg } },
      }),
    },
  },
})
