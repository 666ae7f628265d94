// An MCP server over Streamable HTTP with three tools. It checks no tokens: the proxy in front of it does.
// node envoy-examples/mcp/server.mjs [PORT]
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server'

const port = Number(process.argv[2] ?? 10001)

const inputSchema = fromJsonSchema({
  type: 'object',
  properties: { order: { type: 'integer' } },
  required: ['order'],
})
function text(answer) {
  console.log(answer)
  return { content: [{ type: 'text', text: answer }] }
}

/** One server per request; X-User is set by Oarlock and by nobody else. */
function createShop({ requestInfo }) {
  const user = requestInfo?.headers.get('x-user') ?? 'nobody'
  const shop = new McpServer({ name: 'shop', version: '1.0.0' })
  shop.registerTool('get_order', { description: 'Reads an order.', inputSchema }, ({ order }) =>
    text(`order ${order} for ${user}`),
  )
  shop.registerTool('cancel_order', { description: 'Cancels an order.', inputSchema }, ({ order }) =>
    text(`order ${order} cancelled by ${user}`),
  )
  shop.registerTool(
    'watch_order',
    { description: 'Reports each step of an order.', inputSchema },
    async ({ order }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken
      for (let progress = 1; progress <= 3 && progressToken !== undefined; progress++) {
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 3 },
        })
        await pause(20)
      }
      return text(`order ${order} delivered to ${user}`)
    },
  )
  return shop
}

// Requests of revisions before 2026-07-28 have no Mcp-Method and Mcp-Name: rules cannot tell tools apart.
const handler = createMcpHandler(createShop, { legacy: 'reject' })

createServer(async (incoming, outgoing) => {
  const { method, headers, url } = incoming
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const answer = await handler.fetch(
    new Request(`http://${headers.host}${url}`, {
      method,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      signal: gone.signal,
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
    }),
  )
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body === null) return outgoing.end()
  outgoing.flushHeaders()
  await pipeline(Readable.fromWeb(answer.body), outgoing).catch(() => outgoing.destroy())
}).listen(port, '127.0.0.1')
