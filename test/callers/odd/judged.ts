import assert from 'node:assert/strict'
import type { Received } from '../../support/upstream.ts'

const url = '.MatchContext.URL'

/** What a rule tells the upstream of the request that it judged. */
export const judged = `{{ .MatchContext.Method }} {{ ${url}.Scheme }}://{{ ${url}.Host }}{{ ${url}.Path }}`

const parse = (told: string) => {
  const [, method, scheme, host, path = ''] =
    /^(\S+) (https?):\/\/([^/]+)(\/.*)$/s.exec(told) ?? assert.fail(`judged ${told}`)
  return { method, scheme, host, path }
}

/** The scheme that was judged; `header` is the lower-case name of the one that tells. */
export const judgedScheme = ({ all }: Received, header: string): string | undefined =>
  parse(all(header).join()).scheme

/** The request that came is the one that was judged, and its user the one that Oarlock named. */
export function assertAsJudged(received: Received, header: string, what: string): void {
  const { method, target, headers, all } = received
  const [told = '', ...others] = all(header)
  assert.deepEqual(others, [], what)
  const judged = parse(told)
  assert.equal(method, judged.method, what)
  assert.deepEqual(all('host').map(plainHost), [judged.host], what)
  // Some programs end the path at a `#`.
  assert(!/^[^?]*#/.test(target), what)
  assert.equal(plainPath(target.replace(/\?.*/s, '')), plainPath(judged.path), what)
  const users = headers.filter(([name]) => /^x[-_]user$/i.test(name))
  assert.deepEqual(
    users.map(([, value]) => value),
    [header === 'x-user' ? told : 'guest'],
    what,
  )
}

const plainHost = (host: string): string => host.toLowerCase().replace(/\.(?=:|$)/, '')

/** Byte by byte; a slash at the end is no difference to rules. */
const plainPath = (path: string): string =>
  path
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/(.)\/$/s, '$1')
