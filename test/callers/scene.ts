import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { parse } from 'yaml'
import { bearer } from '../envoy/example.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { root } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { type Oarlock, type Ports, startOarlock } from '../support/oarlock.ts'
import { type Answer, type Ask, ask } from '../support/raw-http.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { moreMutators, mutatorsOf, respond } from './answered.ts'
import type { RunningProxy, StartProxy, Traits } from './caller.ts'

/** An upstream, Oarlock with the configuration of deploy/, and a proxy in front of both. */
export interface Scene {
  readonly proxy: RunningProxy
  readonly upstream: Upstream
  readonly oarlock: Oarlock
  readonly traits: Traits
  readonly start: StartProxy
  /** Sends a request to the proxy. */
  readonly ask: (request: Ask) => Promise<Answer>
  /** Sends a request with the token of alice. */
  readonly askAsAlice: (request: Ask) => Promise<Answer>
  /** Starts Oarlock again on its ports. */
  readonly again: (ports: Ports) => Promise<Oarlock>
}

export interface Setup {
  /** Below deploy/. */
  readonly folder: string
  readonly start: StartProxy
  readonly traits: Traits
}

export async function startScene(t: Cleanup, { folder, start, traits }: Setup): Promise<Scene> {
  const config = withMoreRules(oarlockConfig(folder))
  const [upstream, oarlock] = await Promise.all([
    startUpstream(t, respond),
    startOarlock(t, { config }),
  ])
  const proxy = await start(t, { oarlock: oarlock.api, upstream: upstream.port })
  const { port } = proxy
  return {
    proxy,
    upstream,
    oarlock,
    traits,
    start,
    ask: request => ask(port, request),
    askAsAlice: request => ask(port, { ...request, headers: [...(request.headers ?? []), bearer] }),
    again: ports => startOarlock(t, { config, ports }),
  }
}

/**
 * The configuration of deploy/: paths inside a container become paths of the repository, container networks become
 * loopback.
 */
export function oarlockConfig(folder: string): Record<string, unknown> {
  const text = readFileSync(join(root, 'deploy', folder, 'oarlock.yaml'), 'utf8')
  return parse(
    text
      .replace('/etc/oarlock/rules.yaml', `deploy/${folder}/rules.yaml`)
      .replace('/etc/oarlock/jwks.json', 'deploy/quickstart/jwks.json')
      .replace('10.0.0.0/8', '127.0.0.1/32'),
  )
}

const rule = (id: string, parts: object) => ({
  id,
  match: { paths: [`/${id}`] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...parts,
})

/** X-Name is a header that the files of the proxy name. */
const moreRules = [
  rule('answered', { mutators: mutatorsOf.answered }),
  rule('used', {
    authenticators: [
      { handler: 'jwt', remove_credential: true, config: { token_from: { header: 'X-Name' } } },
    ],
  }),
  rule('used-bearer', { authenticators: [{ handler: 'jwt', remove_credential: true }] }),
  rule('removed', { mutators: mutatorsOf.removed('X-Name') }),
  rule('queried', { mutators: mutatorsOf.queried }),
]

/** Rules beside those of the files, for what the files do not show. */
function withMoreRules(config: Record<string, unknown>): Record<string, unknown> {
  const rules = config['access_rules'] as { readonly repositories: readonly string[] }
  const more = Buffer.from(JSON.stringify(moreRules)).toString('base64')
  return {
    ...config,
    mutators: { ...(config['mutators'] as object), ...moreMutators },
    access_rules: { ...rules, repositories: [...rules.repositories, `inline://${more}`] },
  }
}

/** The same proxy in front of an Oarlock that always gives this answer. */
export async function startScripted(
  t: Cleanup,
  { start, upstream }: Pick<Scene, 'start' | 'upstream'>,
  answer: (response: ServerResponse, incoming: IncomingMessage) => void,
): Promise<RunningProxy> {
  const oarlock = await listen(
    t,
    createServer((incoming, response) => answer(response, incoming)),
  )
  return start(t, { oarlock, upstream: upstream.port })
}
