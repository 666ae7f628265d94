import { test } from 'node:test'
import { startIssuer, startToolServer } from '../support/mcp.ts'
import { checkMcp } from '../support/mcp-checks.ts'
import { startExample } from './example.ts'

test('envoy-examples/mcp: scopes for each tool of an MCP server', async t => {
  const [server, issuer] = [await startToolServer(t), await startIssuer(t)]
  const moved = { 10002: issuer.port }
  const { port } = await startExample(t, 'mcp', { port: server.port, moved })
  await checkMcp(t, { port, server, issuer })
})
