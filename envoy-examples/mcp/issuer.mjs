// An authorization server for the example, with two clients: `reader` may read orders, `agent` may also write them.
// node envoy-examples/mcp/issuer.mjs [PORT]
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'

const port = Number(process.argv[2] ?? 10002)
const scope = 'mcp orders.read orders.write'

const client = (client_id, scope) => ({
  client_id,
  client_secret: `secret-of-${client_id}`,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope,
})

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'example', alg: 'ES256', use: 'sig' }

const issuer = new Provider('https://login.example', {
  clients: [client('reader', 'mcp orders.read'), client('agent', scope)],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  scopes: scope.split(' '),
  jwks: { keys: [key] },
  ttl: { ClientCredentials: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // A token is for the resource that the client names (RFC 8707), and for no other.
      getResourceServerInfo: (_, resource) => ({
        scope,
        audience: resource,
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
// TLS ends in front of it: see client.mjs.
issuer.proxy = true
issuer.listen(port, '127.0.0.1')
