/**
 * Differences that docs/compatibility.md lists: the subject in its tables, and how the difference looks from
 * outside.
 */
import type { DataMap, Request } from '../conformance/types.ts'

export interface Difference {
  readonly rule: DataMap
  readonly config: DataMap
  readonly request: Request
  readonly peer: DataMap
  readonly ours: DataMap
  /** One line for each place where the two differ. */
  readonly diff: readonly string[]
}

export interface Known {
  /** The first cell of its line in docs/compatibility.md. */
  readonly subject: string
  /** Whether it explains this line of the difference. */
  readonly explains: (line: string, difference: Difference) => boolean
}

const carries = ({ request }: Difference, word: string): boolean =>
  JSON.stringify(request.headers).includes(`k-${word}`) ||
  (request.path ?? '').includes(`k-${word}`)

const textOf = (value: unknown): string => JSON.stringify(value) ?? ''
const uses = ({ rule }: Difference, text: string): boolean => textOf(rule).includes(text)

/** Oathkeeper's answer to a bug of its own: a stack trace in plain text. */
const isPanic = ({ peer }: Difference): boolean =>
  peer['status'] === 500 && textOf(peer['headers']).includes('text/plain')

/** Words whose answers have no subject, or are not JSON. */
const nobody = [
  'nosub',
  'nullsub',
  'number',
  'textextra',
  'html',
  'array',
  'nested',
  'created',
  'plain',
  'bob',
  'alice',
]

/** Places where Oathkeeper shows an error text of Go's libraries. */
const goTexts =
  /expected "(?:error executing \w+ template |oauth2: |payload is not a JSON text: |json: |invalid character )/

const asksForSession = (difference: Difference): boolean =>
  uses(difference, '"cookie_session"') || uses(difference, '"bearer_token"')

/** A call that sends the token where the client had it. */
const carriesToken =
  /^calls\[\d+\]\.(?:headers\.(?:x-token|cookie): not expected|target: expected "([^"?]*)", got "\1\?(?:token|auth)=[^"&]*"$)/

const claimsAreExtra = ({ rule, config }: Difference): boolean =>
  textOf([rule, config]).includes('"claims":"{{ .Extra | toJson }}"')

function isBefore({ mutators }: DataMap, first: string, second: string): boolean {
  const names = (mutators as readonly DataMap[]).map(({ handler }) => handler)
  return names.includes(first) && names.indexOf(first) < names.indexOf(second)
}

/** The upstream gets all lines of a header, from Oathkeeper the first. */
const firstLineOnly = /^calls\[\d+\]\.headers\.[^:]+: expected ("(?:[^"\\]|\\.)*"), got \[\1, /
const cookieLine = /header\.Cookie\[0\]: expected "(.*)", got "(.*)"$/
const sortedCookies = (text: string): string => text.split('; ').sort().join('; ')

export const known: readonly Known[] = [
  {
    subject: 'messages of verbose answers',
    explains: line => line.startsWith('json.error.message: ') && goTexts.test(line),
  },
  {
    subject: '`www_authenticate`',
    explains: line =>
      /^headers\.www-authenticate: expected "Basic realm=(\S*)", got "Basic realm=\\"\1\\""$/.test(
        line,
      ),
  },
  {
    subject: 'refused paths',
    explains: (_, { request, ours }) => /[^ -~]/.test(request.path ?? '') && ours['status'] === 400,
  },
  {
    subject: '`id_token`: claims `null`',
    explains: (_, difference) =>
      isPanic(difference) && uses(difference, 'id_token') && claimsAreExtra(difference),
  },
  {
    subject: '429 of a remote authorizer or Keto',
    explains: (_, difference) =>
      uses(difference, '/limited') &&
      difference.peer['status'] === 500 &&
      difference.ours['status'] === 429,
  },
  {
    subject: 'a redirect of a session store or a remote authorizer',
    explains: (_, difference) => carries(difference, 'is302') || uses(difference, '/authz/moved'),
  },
  {
    subject: 'an answer of a session store without a subject, without JSON, or to a HEAD',
    explains: (line, difference) =>
      (nobody.some(word => carries(difference, word)) && asksForSession(difference)) ||
      /^calls\[\d+\]\.method: expected "HEAD", got "GET"$/.test(line),
  },
  {
    subject: 'a token from a header, cookie or query that is not Authorization',
    explains: (_, { diff }) => diff.some(line => carriesToken.test(line)),
  },
  {
    subject: '`noop` before other mutators',
    explains: (line, { rule }) => line.startsWith('calls[') && isBefore(rule, 'noop', 'hydrator'),
  },
  {
    subject:
      'a header that the client repeats, with `noop`; several `X-Forwarded-For` lines of a trusted peer',
    explains: (line, difference) => firstLineOnly.test(line) && uses(difference, '"noop"'),
  },
  {
    subject: '`cookie`: a name that is not valid',
    explains: line => {
      const [, one = '', other = ''] = cookieLine.exec(line) ?? []
      return one !== '' && sortedCookies(one) === sortedCookies(other)
    },
  },
  {
    subject: '`hydrator`: an answer without `match_context`',
    explains: (_, difference) => uses(difference, '/hydrate/empty'),
  },
]
