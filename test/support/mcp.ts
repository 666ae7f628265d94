/** The MCP server, the authorization server and the client of envoy-examples/mcp, as programs of their own. */
import { join } from 'node:path'
import { type Child, startChild, untilReady } from './child.ts'
import type { Cleanup } from './cleanup.ts'
import { root, temporaryFolder } from './folder.ts'
import { freePort, loopback } from './ports.ts'
import { until } from './until.ts'

export interface ToolServer {
  readonly port: number
  /** What the tools that ran have answered, one line each; each is returned once. */
  readonly take: () => readonly string[]
}

export interface Issuer {
  readonly port: number
  /** A token of one of its two clients. */
  readonly token: (client: 'reader' | 'agent', request: TokenRequest) => Promise<string>
}

export interface TokenRequest {
  readonly scope: string
  /** By default, the MCP server. */
  readonly resource?: string
}

export const resource = 'https://mcp.example/mcp'

const start = (t: Cleanup, name: string, args: readonly string[]): Child =>
  startChild(t, {
    command: [process.execPath, join(root, 'envoy-examples/mcp', `${name}.mjs`), ...args],
    logFile: join(temporaryFolder(t), `${name}.log`),
  })

export async function startToolServer(t: Cleanup): Promise<ToolServer> {
  const port = await freePort()
  const child = start(t, 'server', [`${port}`])
  const answers = () =>
    fetch(`http://${loopback}:${port}`).then(
      () => true,
      () => false,
    )
  await until(answers, 'the MCP server listens')
  let seen = 0
  const take = () => {
    const lines = child.log().split('\n').slice(0, -1)
    const taken = lines.slice(seen)
    seen = lines.length
    return taken
  }
  return { port, take }
}

export async function startIssuer(t: Cleanup): Promise<Issuer> {
  const port = await freePort()
  const child = start(t, 'issuer', [`${port}`])
  await untilReady(child, `http://${loopback}:${port}/.well-known/openid-configuration`)
  return { port, token: (client, request) => fetchToken(port, client, request) }
}

async function fetchToken(
  port: number,
  client: string,
  { scope, resource: named = resource }: TokenRequest,
): Promise<string> {
  const basic = Buffer.from(`${client}:secret-of-${client}`).toString('base64')
  const answer = await fetch(`http://${loopback}:${port}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource: named }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`no token: ${answer.status}`)
  return token
}

export interface Ports {
  readonly proxy: number
  readonly issuer: number
}

/** Runs the client to its end; returns what it printed, line by line. */
export async function runClient(
  t: Cleanup,
  client: 'reader' | 'agent',
  { proxy, issuer }: Ports,
): Promise<readonly string[]> {
  const child = start(t, 'client', [client, `${proxy}`, `${issuer}`])
  await child.exitCode
  return child.log().trimEnd().split('\n')
}

export interface Call {
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: unknown
}

/** A request of the revision 2026-07-28, as the client writes it; `method` and `name` stand in headers and body. */
export function toolCall(name: string, { headers, body }: Call = {}) {
  const params = { name, arguments: { order: 7 }, _meta: envelope }
  const message = body ?? { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  return {
    method: 'POST',
    target: '/mcp',
    host: 'mcp.example',
    headers: [
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ['MCP-Protocol-Version', '2026-07-28'],
      ...(headers ?? [
        ['Mcp-Method', 'tools/call'],
        ['Mcp-Name', name],
      ]),
    ],
    body: Buffer.from(JSON.stringify(message)),
  } as const
}

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
