/** What clients connect to: Envoy in front of a real Oarlock, or Oarlock's own proxy. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Cleanup } from '../../support/cleanup.ts'
import { encrypted } from '../../support/encrypted.ts'
import { readExposition } from '../../support/exposition.ts'
import { root } from '../../support/folder.ts'
import { type Oarlock, startOarlock } from '../../support/oarlock.ts'
import { loopback } from '../../support/ports.ts'
import { ask } from '../../support/raw-http.ts'
import { startUpstream, type Upstream } from '../../support/upstream.ts'
import { startBetween } from '../site.ts'
import { describingRules, describingRulesFor } from './rules.ts'

export interface Edge {
  readonly scheme: 'http' | 'https'
  /** Opens a new connection on which a client uses that protocol, whether the edge supports it or not. */
  readonly open: (alpn: 'h2' | 'http/1.1') => Promise<Socket>
  readonly upstream: Upstream
  /** How many requests Oarlock has allowed. */
  readonly allowed: () => Promise<number>
}

export type StartEdge = (t: Cleanup) => Promise<Edge>

/** Many requests arrive at once: on a busy machine a check may take longer than the timeouts of the examples. */
const timeouts = '10s'

/** Envoy with the bootstrap of that folder, and Oarlock with its oarlock.yaml and rules. */
export const envoy =
  (folder: string, bootstrap: string): StartEdge =>
  async t => {
    const read = (file: string) => parse(readFileSync(join(root, folder, file), 'utf8'))
    const rules = describingRules(...read('rules.yaml'))
    const [upstream, oarlock] = await Promise.all([
      startUpstream(t),
      startOarlock(t, { config: read('oarlock.yaml'), rules }),
    ])
    const { api, grpc } = oarlock
    const port = await startBetween(
      t,
      { folder, bootstrap, timeouts },
      { api, grpc, upstream: upstream.port },
    )
    return { scheme: 'http', open: plain(port), upstream, allowed: () => allowedBy(oarlock) }
  }

/** Oarlock without Envoy. */
export const proxyDoor =
  (scheme: Edge['scheme']): StartEdge =>
  async t => {
    const upstream = await startUpstream(t)
    const proxy = scheme === 'http' ? {} : { tls: certificate }
    const rules = describingRulesFor(`http://${loopback}:${upstream.port}`)
    const oarlock = await startOarlock(t, { config: { serve: { proxy }, ...handlers }, rules })
    const port = oarlock.proxy
    const open: Edge['open'] = scheme === 'http' ? plain(port) : alpn => encrypted(port, { alpn })
    return { scheme, open, upstream, allowed: () => allowedBy(oarlock) }
  }

const handlers = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true }, deny: { enabled: true } },
  mutators: { header: { enabled: true, config: { headers: {} } } },
}

const certificate = {
  cert: { path: join(root, 'test/conformance/data/tls-cert.pem') },
  key: { path: join(root, 'test/conformance/data/tls-key.pem') },
}

const plain = (port: number) => async () => connect(port, loopback)

async function allowedBy({ metrics }: Oarlock): Promise<number> {
  const { text } = await ask(metrics, { target: '/metrics' })
  return [...readExposition(text)]
    .filter(([series]) => /^oarlock_decisions_total\{.*outcome="allow"/.test(series))
    .reduce((sum, [, count]) => sum + count, 0)
}
