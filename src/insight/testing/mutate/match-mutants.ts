/** Changes after which a rule matches what it matched before, and more. */
import { textOf } from '../../../lib/bytes.ts'
import type { Match, Narrowing, PartsMatch, UrlMatch } from '../../../rules/definition.ts'
import { isProblem, type Strategy } from '../../../rules/matching/problem.ts'
import { type Piece, splitPattern } from '../../../rules/matching/split.ts'
import type { Path } from '../../lint/linted.ts'

export interface MatchChange {
  readonly change: string
  readonly path: Path
  readonly match: Match
}

export function matchChanges(match: Match | null, strategy: Strategy): readonly MatchChange[] {
  if (match === null || match.kind === 'invalid') return []
  return [...ownChanges(match, strategy), ...conditionChanges(match)].map(({ path, ...rest }) => ({
    ...rest,
    path: ['match', ...path],
  }))
}

type ValidMatch = Exclude<Match, { readonly kind: 'invalid' }>

function ownChanges(match: ValidMatch, strategy: Strategy): readonly MatchChange[] {
  switch (match.kind) {
    case 'url':
      return [...urlChanges(match, strategy), ...methodChanges(match, anyOf)]
    case 'parts':
      return [...partChanges(match), ...methodChanges(match, null)]
    case 'rpc': {
      const any = { ...match, authority: `<${anyHost[strategy]}>` }
      const changes = [{ change: 'match.authority: any host', path: ['authority'], match: any }]
      if (match.allowHttpGet) return changes
      const also = { ...match, allowHttpGet: true }
      return [...changes, { change: 'match: also GET', path: [], match: also }]
    }
  }
}

const anyHost: Readonly<Record<Strategy, string>> = { regexp: '[^/]+', glob: '**' }
const anyRest: Readonly<Record<Strategy, string>> = { regexp: '.*', glob: '**' }

function urlChanges(match: UrlMatch, strategy: Strategy): readonly MatchChange[] {
  const { url } = match
  const texts = [
    ['any host', withHost(url, `<${anyHost[strategy]}>`)],
    ['any end of the path', `${url}<${anyRest[strategy]}>`],
    ['a slash where one part was', crossing(url, strategy)],
  ] as const
  return texts.flatMap(([what, text]) =>
    text === undefined || text === url
      ? []
      : [{ change: `match.url: ${what}`, path: ['url'], match: { ...match, url: text } }],
  )
}

/** undefined: where the host ends is not written. */
function withHost(url: string, host: string): string | undefined {
  const pieces = splitPattern(url)
  if (isProblem(pieces)) return undefined
  const [first, ...rest] = pieces
  const start = first === undefined ? -1 : first.text.indexOf('://') + 3
  if (first === undefined || start < 3) return undefined
  const scheme = first.text.slice(0, start)
  const end = first.text.indexOf('/', start)
  if (end >= 0) return `${scheme}${host}${first.text.slice(end)}${rest.map(written).join('')}`
  const last = rest.findIndex(({ kind, text }) => kind === 'literal' && text.includes('/'))
  const piece = rest[last]
  if (piece === undefined) return undefined
  const path = piece.text.slice(piece.text.indexOf('/'))
  return `${scheme}${host}${path}${rest
    .slice(last + 1)
    .map(written)
    .join('')}`
}

const written = ({ kind, text }: Piece): string => (kind === 'expression' ? `<${text}>` : text)

/** `.` for `[^/]`, `**` for `*`. */
function crossing(url: string, strategy: Strategy): string | undefined {
  const pieces = splitPattern(url)
  if (isProblem(pieces)) return undefined
  const wide = (text: string): string =>
    strategy === 'regexp' ? text.replaceAll('[^/]', '.') : text.replace(/(?<!\*)\*(?!\*)/g, '**')
  return pieces
    .map(piece =>
      written(piece.kind === 'expression' ? { ...piece, text: wide(piece.text) } : piece),
    )
    .join('')
}

/** The lists of `url` name every method, so those that are in use stand for any. */
const anyOf = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function methodChanges<M extends UrlMatch | PartsMatch>(
  match: M,
  any: readonly string[] | null,
): readonly MatchChange[] {
  const { methods } = match
  if (methods === null || methods.length === 0) return []
  const all = any && [...new Set([...any, ...methods])]
  if (all?.length === methods.length) return []
  const changed = { ...match, methods: all } as Match
  return [{ change: 'match.methods: any method', path: ['methods'], match: changed }]
}

function partChanges(match: PartsMatch): readonly MatchChange[] {
  const { schemes, hosts, paths } = match
  const isPlain = schemes?.every(scheme => scheme === 'http' || scheme === 'https') ?? false
  return [
    ...(isPlain ? [opened(match, 'schemes')] : []),
    ...(hosts === null ? [] : [opened(match, 'hosts')]),
    ...(paths === null ? [] : [opened(match, 'paths')]),
    ...(paths ?? []).flatMap((path, i) => {
      const longer = path.replace(
        /\/(?:\*|\{([A-Za-z_]\w*)\})$/,
        (_, name) => `/{${name ?? 'rest'}...}`,
      )
      const all = { ...match, paths: (paths ?? []).with(i, longer) }
      const change = `match.paths: any end of ${textOf(path)}`
      return longer === path ? [] : [{ change, path: ['paths', i], match: all }]
    }),
  ]
}

const opened = (match: PartsMatch, key: 'schemes' | 'hosts' | 'paths'): MatchChange => ({
  change: `match.${key}: any`,
  path: [key],
  match: { ...match, [key]: null },
})

function conditionChanges(match: ValidMatch): readonly MatchChange[] {
  return (['headers', 'query', 'context'] as const).flatMap(key =>
    (match[key] ?? []).map(([name], i) => ({
      change: `match.${key}: without ${textOf(name)}`,
      path: [key, name],
      match: { ...match, ...less(match, key, i) },
    })),
  )
}

const less = (match: Narrowing, key: 'headers' | 'query' | 'context', i: number): Narrowing => ({
  [key]: (match[key] ?? []).toSpliced(i, 1),
})
