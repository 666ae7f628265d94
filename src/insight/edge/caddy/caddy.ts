/** Caddyfiles with forward_auth, or with the reverse_proxy that it stands for, where they are plain. */
import type { Place } from '../../lint/finding.ts'
import type { Caller, EdgeFile, Fault, UncheckedRoute } from '../caller.ts'
import { blocksOf } from './blocks.ts'
import { copied } from './copied.ts'
import { blockOf, type Line, linesOf } from './lines.ts'
import { uncheckedIn } from './unchecked.ts'

/** undefined: nothing in it sends checks. */
export function readCaddy(file: string, text: string): EdgeFile | undefined {
  const lines = linesOf(text)
  const checks = [...lines.filter(isForwardAuth), ...checksIn(lines)]
  if (checks.length === 0) return undefined
  const known = new Set(checks)
  const unchecked = uncheckedIn(blocksOf(lines), {
    isCheck: ({ line }) => known.has(line),
    place: ({ line: { line, column } }) => ({ file, line, column }),
  })
  const imports = lines.filter(({ words }) => words[0] === 'import' && !isSnippet(words, lines))
  return {
    callers: checks.map((check, i) =>
      toCaller({ file, lines, check, unchecked: i === 0 ? unchecked.routes : [] }),
    ),
    notes: [...imports.map(({ words }) => `${words.join(' ')} is not read`), ...unchecked.notes],
  }
}

/** `import NAME`, where the file has `(NAME) {`. */
const isSnippet = ([, name]: readonly string[], lines: readonly Line[]): boolean =>
  lines.some(({ words }) => words[0] === `(${name})`)

interface Known {
  readonly file: string
  readonly lines: readonly Line[]
  readonly check: Line
  readonly unchecked: readonly UncheckedRoute[]
}

function toCaller({ file, lines, check, unchecked }: Known): Caller {
  const place = ({ line, column } = check): Place => ({ file, line, column })
  const own = blockOf(lines, check)
  const timeout = own.find(({ words }) => words[0] === 'response_header_timeout')
  const ms = timeOf(timeout?.words[1] ?? '')
  return {
    protocol: 'http',
    name: isForwardAuth(check) ? 'forward_auth' : 'reverse_proxy to Oarlock',
    at: place(),
    failOpen: [],
    unnormalized: unnormalized(lines, place),
    unchecked,
    disabled: wrongPath(own, place),
    ...(ms > 0 ? { timeout: { ms, at: place(timeout), isDefault: false } } : {}),
    removesOnlyListed: true,
    copies: copied({ lines, own, check }, place()),
    bodyBytes: 0,
    retries: [],
  }
}

type PlaceOf = (line?: Line) => Place

function wrongPath(own: readonly Line[], place: PlaceOf): readonly Fault[] {
  const uri = own.find(({ words }) => words[0] === 'uri' || words[0] === 'rewrite')
  const message =
    'the path of checks is not /decisions: other paths of the port answer 200, which is an allow'
  return /^\/decisions\/?$/.test(uri?.words[1] ?? '') ? [] : [{ at: place(uri), message }]
}

function unnormalized(lines: readonly Line[], place: PlaceOf): readonly Fault[] {
  const written = lines.find(({ words }) => words[1]?.toLowerCase() === 'x-forwarded-uri')
  const isDecoded = written !== undefined && !/orig_uri|^\{uri\}$/.test(written.words[2] ?? '')
  return [
    ...(refusesPaths(lines) ? [] : [{ at: place(), message: ambiguous }]),
    ...(isDecoded ? [{ at: place(written), message: decoded }] : []),
  ]
}

const isForwardAuth = ({ words }: Line): boolean => words[0] === 'forward_auth'

const ambiguous =
  'nothing refuses doubled slashes, dot segments and their escapes: the application may serve another path than the one that was matched'
const decoded =
  'X-Forwarded-Uri is not the URI of the client: another path is matched than the one that is forwarded'

/** A matcher of the URI, and an answer for what it matches. */
function refusesPaths(lines: readonly Line[]): boolean {
  const matchers = lines
    .filter(({ words }) => words[0]?.startsWith('@') && /uri|path/.test(words.slice(1).join(' ')))
    .map(({ words }) => words[0])
  return lines.some(
    ({ words: [name, matcher, ...rest] }) =>
      name === 'respond' && matchers.includes(matcher) && /^4/.test(rest.at(-1) ?? ''),
  )
}

/** A reverse_proxy in whose block the request becomes a check. */
const checksIn = (lines: readonly Line[]): readonly Line[] =>
  lines.filter(
    line =>
      line.words[0] === 'reverse_proxy' &&
      blockOf(lines, line).some(
        ({ words }) => words[0] === 'rewrite' || words[0] === 'handle_response',
      ),
  )

function timeOf(text: string): number {
  const [, count = '0', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  return Number(count) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? 1000)
}
