// A client: it finds the authorization server, gets a token, and asks for further scopes where a tool needs them.
// node envoy-examples/mcp/client.mjs [reader|agent] [PORT]
import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { Agent, buildConnector, fetch } from 'undici'

const clientId = process.argv[2] ?? 'agent'
const ports = { 'mcp.example': process.argv[3] ?? 10000, 'login.example': process.argv[4] ?? 10002 }

// Takes the place of DNS and TLS: the two hosts of the example are ports of this machine.
const connect = buildConnector({})
const dispatcher = new Agent({
  connect: (to, done) =>
    connect({ ...to, hostname: '127.0.0.1', port: ports[to.hostname] }, done),
})
async function fetchHere(url, init = {}) {
  const { status, headers, body } = await fetch(String(url).replace(/^https:/, 'http:'), {
    ...init,
    dispatcher,
    headers: [...new Headers(init.headers), ['x-forwarded-proto', 'https']],
  })
  return new Response(body, { status, headers: [...headers] })
}

const authProvider = new ClientCredentialsProvider({
  clientId,
  clientSecret: `secret-of-${clientId}`,
  expectedIssuer: 'https://login.example',
})
const transport = new StreamableHTTPClientTransport(new URL('https://mcp.example/mcp'), {
  authProvider,
  fetch: fetchHere,
})
const client = new Client(
  { name: 'example', version: '1.0.0' },
  { versionNegotiation: { mode: { pin: '2026-07-28' } } },
)

const show = what => console.log(`${what} (scopes: ${authProvider.tokens()?.scope})`)

await client.connect(transport)
show('connected')
const { tools } = await client.listTools()
show(`tools: ${tools.map(({ name }) => name).join(', ')}`)
for (const name of ['get_order', 'watch_order', 'cancel_order']) {
  try {
    const onprogress = ({ progress, total }) => console.log(`${name}: ${progress} of ${total}`)
    const { content } = await client.callTool({ name, arguments: { order: 7 } }, { onprogress })
    show(`${name}: ${content[0]?.text}`)
  } catch (error) {
    show(`${name}: ${error.message}`)
  }
}
await client.close()
