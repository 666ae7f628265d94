import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { loopback } from '../conformance/ports.ts'
import { encodeCheck, frame } from './check-request.ts'
import { type H2loadRun, parseH2load, parseWrk } from './parse.ts'
import { run } from './process.ts'
import { headers, host, middle, pathOf, ruleMix } from './request.ts'
import type { DetailedLoad, Load } from './types.ts'

export interface Order {
  readonly folder: string
  readonly port: number
  readonly prefix: string
  readonly rules: number
  readonly seconds: number
  /** Sent in turn. With `once` each is sent once only and the load ends with the last. */
  readonly tokens: readonly string[]
  readonly once: boolean
  /** Of gRPC: connections, and calls at once on each. */
  readonly calls: { readonly connections: number; readonly streams: number }
}

/** A closed loop over a few kept connections: enough to use the server fully. */
const connections = 16

export async function loadHttp(order: Order): Promise<Load> {
  const script = join(order.folder, 'load.lua')
  writeFileSync(join(order.folder, 'tokens.txt'), order.tokens.join('\n'))
  writeFileSync(script, luaScript(order))
  const duration = order.once ? 60 : order.seconds
  const url = `http://${loopback}:${order.port}`
  const flags = ['-t1', `-c${connections}`, `-d${duration}s`, '--latency', '-s', script]
  const output = await run('wrk', [...flags, url], allSent)
  if (output.includes(`${script}:`)) throw new Error(`the load script is broken:\n${output}`)
  return parseWrk(output)
}

/** wrk itself would sleep until the end of its duration. */
const allSent = 'all tokens are sent'

/** Requests are built before the load; only a changing token costs a concatenation. */
function luaScript({ folder, prefix, rules, once }: Order): string {
  const paths = ruleMix(rules).map(rule => `${prefix}${pathOf(rule)}`)
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `
local paths = { ${paths.map(quote).join(', ')} }
local lines = ${quote(lines.join(''))}
local tokens = {}
for line in io.lines(${quote(join(folder, 'tokens.txt'))}) do tokens[#tokens + 1] = line end
local heads = {}
for i, path in ipairs(paths) do heads[i] = "GET " .. path .. " HTTP/1.1\\r\\n" .. lines end
local ready = {}
for i, head in ipairs(heads) do
  ready[i] = head .. (#tokens == 1 and "Authorization: Bearer " .. tokens[1] .. "\\r\\n" or "") .. "\\r\\n"
end
local sent = 0
local function finish()
  io.stderr:write(${quote(`${allSent}\n`)})
  wrk.thread:stop()
end
function request()
  sent = sent + 1
  if #tokens < 2 then return ready[sent % #ready + 1] end
  ${once ? 'if sent > #tokens then finish() end' : ''}
  local token = tokens[(sent - 1) % #tokens + 1]
  return heads[sent % #heads + 1] .. "Authorization: Bearer " .. token .. "\\r\\n\\r\\n"
end
`
}

/** A string literal of Lua. */
const quote = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n')}"`

/** One message many times: h2load cannot change it. */
export async function loadGrpc(order: Order): Promise<Load> {
  const body = join(order.folder, 'body.bin')
  writeFileSync(body, frame(encodeCheck(middle(order.rules), order.tokens[0])))
  const { connections: count, streams } = order.calls
  const clients = ['-t1', `-c${count}`, `-m${streams}`, `-D${order.seconds}`]
  const message = ['-d', body, '-H', 'content-type: application/grpc', '-H', 'te: trailers']
  const url = `http://${loopback}:${order.port}/envoy.service.auth.v3.Authorization/Check`
  return h2load([...clients, ...message, url])
}

export interface EdgeOrder {
  readonly port: number
  readonly token: string
  readonly seconds: number
  /** Requests per second; undefined: a closed loop. */
  readonly rate?: number
}

/** A proxy: one request of a browser many times, over HTTP/2 without TLS. */
export function loadEdge({ port, token, seconds, rate }: EdgeOrder): Promise<DetailedLoad> {
  const sent = { ...headers, ':authority': host, authorization: `Bearer ${token}` }
  const lines = Object.entries(sent).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const url = `http://${loopback}:${port}${pathOf(middle(10))}`
  const args = ['-t1', `-D${seconds}`, ...lines, url]
  return rate === undefined ? h2load(['-c16', '-m4', ...args]) : h2loadAt(rate, args)
}

/**
 * All connections of one process send at the same moment, at most a hundred times per second. Several processes, which
 * start one after the other, spread the requests.
 */
const processes = 10
const mostPerConnection = 100

/** Each connection has enough streams, so that a late answer does not delay the next request. */
async function h2loadAt(rate: number, args: readonly string[]): Promise<DetailedLoad> {
  const count = Math.ceil(rate / processes / mostPerConnection)
  const clients = [`-c${count}`, '-m100', `--rps=${rate / processes / count}`]
  const runs = Array.from({ length: processes }, async (_, i) => {
    await wait(i)
    return runH2load([...clients, ...args])
  })
  return parseH2load(...(await Promise.all(runs)))
}

const h2load = async (args: readonly string[]): Promise<DetailedLoad> =>
  parseH2load(await runH2load(args))

async function runH2load(args: readonly string[]): Promise<H2loadRun> {
  const folder = mkdtempSync(join(tmpdir(), 'h2load-'))
  const file = join(folder, 'log')
  try {
    const output = await run('h2load', [`--log-file=${file}`, ...args])
    return { output, log: readFileSync(file, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
