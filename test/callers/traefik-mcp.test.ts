import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { root } from '../support/folder.ts'
import { startIssuer, startToolServer } from '../support/mcp.ts'
import { checkMcp } from '../support/mcp-checks.ts'
import { startOarlock } from '../support/oarlock.ts'
import { startExample } from './start/example.ts'
import { traefik } from './start/traefik.ts'

test('deploy/traefik/mcp: scopes for each tool of an MCP server', async t => {
  const [server, issuer] = [await startToolServer(t), await startIssuer(t)]
  const text = readFileSync(join(root, 'deploy/traefik/mcp/oarlock.yaml'), 'utf8')
  const config = parse(text.replaceAll(':10002', `:${issuer.port}`))
  const oarlock = await startOarlock(t, { config })
  const { port } = await startExample(
    t,
    {
      ...traefik,
      folder: 'traefik/mcp',
      edit: (file, folder) => file.replaceAll('deploy/traefik/mcp', folder),
    },
    { oarlock: oarlock.api, upstream: server.port },
  )
  await checkMcp(t, { port, server, issuer })
})
