/** The rules of deploy/, and rules that send the matched request to the upstream in X-Name. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Cleanup } from '../../support/cleanup.ts'
import { root } from '../../support/folder.ts'
import { listen } from '../../support/listen.ts'
import { loopback } from '../../support/ports.ts'
import { matched } from '../odd/matched.ts'

const headers = { 'X-User': '{{ print .Subject }}', 'X-Name': matched }

const rule = (id: string, parts: object = {}, scheme = '<https?>') => ({
  id,
  match: { url: `${scheme}://<[^/]+>/${id}<(/.*)?>`, methods: ['GET', 'POST', 'OPTIONS'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers } }],
  ...parts,
})

export const rulesOf = (folder: string, sessions: string): readonly object[] => [
  ...parse(readFileSync(join(root, 'deploy', folder, 'rules.yaml'), 'utf8')),
  rule('matched'),
  rule('secure', {}, 'https'),
  rule('plain', {}, 'http'),
  rule('account', {
    authenticators: [
      { handler: 'cookie_session', config: { check_session_url: sessions, only: ['sid'] } },
    ],
  }),
]

/** A store in which the cookie `sid=abc` belongs to carol. */
export async function startSessions(t: Cleanup): Promise<string> {
  const server = createServer(({ headers }, response) => {
    const known = /(?:^|; )sid=abc(?:;|$)/.test(headers.cookie ?? '')
    response.writeHead(known ? 200 : 401).end(JSON.stringify({ subject: 'carol' }))
  })
  return `http://${loopback}:${await listen(t, server)}`
}
