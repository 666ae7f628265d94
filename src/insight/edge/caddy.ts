/** Caddyfiles with forward_auth, or with the reverse_proxy that it stands for, where they are plain. */
import type { Caller, EdgeFile, HeaderList } from './caller.ts'

interface Line {
  readonly words: readonly string[]
  readonly line: number
  readonly column: number
}

/** undefined: nothing in it sends checks. */
export function readCaddy(file: string, text: string): EdgeFile | undefined {
  const lines = linesOf(text)
  const [check] = [...lines.filter(isForwardAuth), ...checksIn(lines)]
  if (check === undefined) return undefined
  const at = { file, line: check.line, column: check.column }
  const place = (line: Line | undefined) =>
    line === undefined ? at : { file, line: line.line, column: line.column }
  const own = blockOf(lines, check)
  const timeout = own.find(({ words }) => words[0] === 'response_header_timeout')
  const uri = own.find(({ words }) => words[0] === 'uri' || words[0] === 'rewrite')
  const written = lines.find(({ words }) => words[1]?.toLowerCase() === 'x-forwarded-uri')
  const ms = timeOf(timeout?.words[1] ?? '')
  const isDecoded = written !== undefined && !/orig_uri|^\{uri\}$/.test(written.words[2] ?? '')
  const caller: Caller = {
    protocol: 'http',
    name: isForwardAuth(check) ? 'forward_auth' : 'reverse_proxy to Oarlock',
    at,
    failOpen: [],
    unnormalized: isDecoded
      ? [
          {
            at: place(written),
            message:
              'X-Forwarded-Uri is not the URI of the client: another path is matched than the one that is forwarded',
          },
        ]
      : [],
    unchecked: [],
    disabled: /^\/decisions\/?$/.test(uri?.words[1] ?? '')
      ? []
      : [
          {
            at: place(uri),
            message:
              'the path of checks is not /decisions: other paths of the port answer 200, which is an allow',
          },
        ],
    ...(timeout !== undefined && ms > 0
      ? { timeout: { ms, at: place(timeout), isDefault: false } }
      : {}),
    copies: copied({ lines, own, check }, at),
    bodyBytes: 0,
    retries: [],
  }
  const imports = lines.filter(({ words }) => words[0] === 'import')
  return { callers: [caller], notes: imports.map(({ words }) => `${words.join(' ')} is not read`) }
}

const isForwardAuth = ({ words }: Line): boolean => words[0] === 'forward_auth'

/** A reverse_proxy in whose block the request becomes a check. */
const checksIn = (lines: readonly Line[]): readonly Line[] =>
  lines.filter(
    line =>
      line.words[0] === 'reverse_proxy' &&
      blockOf(lines, line).some(
        ({ words }) => words[0] === 'rewrite' || words[0] === 'handle_response',
      ),
  )

const linesOf = (text: string): readonly Line[] =>
  text.split('\n').flatMap((written, i) => {
    const words = [...written.matchAll(/#.*$|"((?:\\.|[^"\\])*)"|`([^`]*)`|(\S+)/g)]
      .filter(([word]) => !word.startsWith('#'))
      .map(([, double, raw, word]) => double ?? raw ?? word ?? '')
    return words.length === 0 ? [] : [{ words, line: i + 1, column: written.search(/\S/) + 1 }]
  })

/** The lines between the braces of a line. */
function blockOf(lines: readonly Line[], head: Line): readonly Line[] {
  const from = lines.indexOf(head)
  if (head.words.at(-1) !== '{') return []
  let depth = 1
  const end = lines.findIndex(({ words }, i) => {
    if (i <= from) return false
    depth += words.at(-1) === '{' ? 1 : 0
    depth -= words[0] === '}' ? 1 : 0
    return depth === 0
  })
  return lines.slice(from + 1, end < 0 ? undefined : end)
}

interface Within {
  readonly lines: readonly Line[]
  readonly own: readonly Line[]
  readonly check: Line
}

/** `copy_headers`, or a line that removes the header before the check and one that sets it from the answer. */
function copied({ lines, own, check }: Within, at: HeaderList['at']): HeaderList {
  const listed = copyHeaders(own)
  const headers = lines
    .filter(({ words }) => words[0] === 'request_header')
    .map(({ words, line }) => ({
      name:
        words.find(
          word => /^-?X|^-?[A-Z]/i.test(word) && word !== 'request_header' && !word.startsWith('@'),
        ) ?? '',
      words,
      line,
    }))
  const removes = (name: string): boolean =>
    headers.some(one => one.line < check.line && one.name.toLowerCase() === `-${name}`)
  const sets = (name: string): boolean =>
    headers.some(
      one =>
        one.name.toLowerCase() === name &&
        one.words.some(word => /reverse_proxy\.header\./.test(word)),
    )
  return { at, test: name => listed.has(name) || (removes(name) && sets(name)) }
}

/** `A>B` copies A as B. */
function copyHeaders(own: readonly Line[]): ReadonlySet<string> {
  const head = own.find(({ words }) => words[0] === 'copy_headers')
  if (head === undefined) return new Set()
  const inline = head.words.slice(1).filter(word => word !== '{')
  const below = blockOf(own, head).map(({ words }) => words.join(''))
  return new Set([...inline, ...below].map(word => (word.split('>')[1] ?? word).toLowerCase()))
}

function timeOf(text: string): number {
  const [, count = '0', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  return Number(count) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? 1000)
}
