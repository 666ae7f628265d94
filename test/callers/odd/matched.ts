import assert from 'node:assert/strict'
import type { Received } from '../../support/upstream.ts'

const url = '.MatchContext.URL'

/** The header value with which a rule describes the request that it matched. */
export const matched = `{{ .MatchContext.Method }} {{ ${url}.Scheme }}://{{ ${url}.Host }}{{ ${url}.Path }}`

const parse = (description: string) => {
  const [, method, scheme, host, path = ''] =
    /^(\S+) (https?):\/\/([^/]+)(\/.*)$/s.exec(description) ?? assert.fail(`matched ${description}`)
  return { method, scheme, host, path }
}

/** The scheme that was matched; `header` is the lower-case name of the header with the description. */
export const matchedScheme = ({ all }: Received, header: string): string | undefined =>
  parse(all(header).join()).scheme

/** The upstream received the request that was matched, and the user is the one that Oarlock named. */
export function assertAsMatched(received: Received, header: string, what: string): void {
  const { method, target, headers, all } = received
  const [description = '', ...others] = all(header)
  assert.deepEqual(others, [], what)
  const matched = parse(description)
  assert.equal(method, matched.method, what)
  assert.deepEqual(all('host').map(plainHost), [matched.host], what)
  // Some programs end the path at a `#`.
  assert(!/^[^?]*#/.test(target), what)
  assert.equal(plainPath(target.replace(/\?.*/s, '')), plainPath(matched.path), what)
  const users = headers.filter(([name]) => /^x[-_]user$/i.test(name))
  assert.deepEqual(
    users.map(([, value]) => value),
    [header === 'x-user' ? description : 'guest'],
    what,
  )
}

const plainHost = (host: string): string => host.toLowerCase().replace(/\.(?=:|$)/, '')

/** Compares byte by byte; rules ignore a slash at the end. */
const plainPath = (path: string): string =>
  path
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/(.)\/$/s, '$1')
