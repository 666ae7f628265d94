/**
 * Patterns of hosts and paths (`match.hosts`, `match.paths`): literal text, `*` for one label or segment, `{name}` for
 * one that is captured, `{name...}` for the rest of a path. Each host with each path is one pattern.
 */
import { choice, empty, type Node, oneOf, repeat, sequence, text } from './node.ts'
import { compileNode, type Pattern } from './pattern.ts'
import { isProblem, type PatternProblem, problem } from './problem.ts'
import { complement, everything, setOf } from './ranges.ts'

export interface Parts {
  readonly schemes: readonly string[] | null
  readonly hosts: readonly string[] | null
  readonly paths: readonly string[] | null
}

/** Most patterns of one rule: hosts times paths. */
const mostPatterns = 1000

export function compileParts(parts: Parts): readonly Pattern[] | PatternProblem {
  const pairs = parseParts(parts)
  if (isProblem(pairs)) return pairs
  const patterns = pairs.map(({ source, node }) => compileNode({ source, strategy: 'parts', node }))
  return patterns.find(isProblem) ?? (patterns as readonly Pattern[])
}

/** The expression of each host with each path, for the whole URL. */
export function parseParts({
  schemes,
  hosts,
  paths,
}: Parts): readonly ParsedPair[] | PatternProblem {
  if ((hosts?.length ?? 1) * (paths?.length ?? 1) > mostPatterns) {
    return problem(`hosts times paths: found more than ${mostPatterns} pairs, expected fewer`)
  }
  const readHosts = hosts === null ? [anyHost] : hosts.map(readHost)
  const readPaths = paths === null ? [anyPath] : paths.map(readPath)
  const wrong = [...readHosts, ...readPaths].find(isProblem)
  if (wrong !== undefined) return wrong
  const scheme = schemeOf(schemes)
  const pairs = (readHosts as readonly Part[]).flatMap(host =>
    (readPaths as readonly Part[]).map(path => joinPair(scheme, host, path)),
  )
  return pairs.find(isProblem) ?? (pairs as readonly ParsedPair[])
}

export interface ParsedPair {
  readonly source: string
  readonly node: Node
}

/** A host or a path: its source, and how it continues a pattern that has so many groups. */
interface Part {
  readonly source: string
  readonly names: readonly string[]
  readonly node: (groups: number) => Node
}

interface Scheme {
  readonly source: string
  readonly node: Node
}

const schemeOf = (schemes: readonly string[] | null): Scheme =>
  schemes === null
    ? { source: 'http(s)', node: sequence([text('http'), optional(text('s'))]) }
    : { source: schemes.join('|'), node: choice(schemes.map(text)) }

function joinPair(scheme: Scheme, host: Part, path: Part): ParsedPair | PatternProblem {
  const twice = host.names.find(name => path.names.includes(name))
  if (twice !== undefined) return problem(`found {${twice}} in a host and in a path, expected once`)
  return {
    source: `${scheme.source}://${host.source}${path.source}`,
    node: sequence([scheme.node, text('://'), host.node(0), path.node(host.names.length)]),
  }
}

const optional = (node: Node): Node => repeat(node, [0, 1])
const endless = Number.POSITIVE_INFINITY
const label = repeat(oneOf(complement(setOf('./:'))), [1, endless])
const segment = repeat(oneOf(complement(setOf('/'))), [1, endless])
const rest = repeat(oneOf(everything), [0, endless])
const port = optional(sequence([text(':'), repeat(oneOf(setOf('0123456789')), [1, endless])]))

const anyHost: Part = {
  source: '*',
  names: [],
  node: () => repeat(oneOf(complement(setOf('/'))), [0, endless]),
}
/** The slash is needed: without it a longer host would match. */
const anyPath: Part = {
  source: '/**',
  names: [],
  node: () => optional(sequence([text('/'), rest])),
}

const name = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/
const restName = /^\{([A-Za-z_][A-Za-z0-9_]*)\.\.\.\}$/

/** Wraps a node as the group of that number: its name and its place are known when the pattern is put together. */
const group = (number: number, named: string, body: Node): Node => ({
  kind: 'group',
  number,
  name: named,
  body,
})

const mostPort = 65_535

/** Of the characters; undefined: they are right. */
function expectedHost(host: string, ports: readonly string[]): string | undefined {
  const [port] = ports
  if (port !== undefined && !/^\d{1,5}$/.test(port)) return 'digits as the port'
  if (Number(port ?? 0) > mostPort) return `a port up to ${mostPort}`
  return /[/?#@<>\s]/.test(host)
    ? 'a host such as shop.example, without scheme and path'
    : undefined
}

function readHost(written: string): Part | PatternProblem {
  const wrong = (expected: string) => problem(`hosts: found "${written}", expected ${expected}`)
  const [host = '', ...ports] = splitPort(written)
  const expected = expectedHost(host, ports)
  if (expected !== undefined) return wrong(expected)
  const labels = host.startsWith('[') ? [host] : host.split('.')
  if (labels.some(one => one === '')) return wrong('labels with a dot between them')
  if (host === '*') return wrong('a host: leave hosts out for any host')
  if (labels.slice(1).includes('*')) return wrong('"*." in front only')
  const read = labels.map(one => (name.test(one) || one === '*' ? one : literal(one)))
  if (read.includes(undefined)) return wrong('"*" or {name} as a whole label')
  const names = labels.flatMap(one => name.exec(one)?.[1] ?? [])
  if (hasTwice(names)) return wrong('each name once')
  return {
    source: written.toLowerCase(),
    names,
    node: groups => {
      const nodes = capturing(labels, { one: label, groups, separator: '.', lower: true })
      return sequence([...nodes, ports.length > 0 ? text(`:${ports[0]}`) : port])
    },
  }
}

/** The host and its port; the colons of an address in brackets belong to the host. */
function splitPort(host: string): readonly string[] {
  const at = host.indexOf(':', host.lastIndexOf(']') + 1)
  return at < 0 ? [host] : [host.slice(0, at), host.slice(at + 1)]
}

function readPath(written: string): Part | PatternProblem {
  const wrong = (expected: string) => problem(`paths: found "${written}", expected ${expected}`)
  if (!written.startsWith('/')) return wrong('a path that begins with "/"')
  if (/[<>]/.test(written)) return wrong('{name} or * in place of <...>')
  if (/[?#]/.test(written)) return wrong('a path without a query')
  // Doors cut final slashes before they match.
  const segments = written.replace(/\/+$/, '').split('/').slice(1)
  const last = segments.at(-1) ?? ''
  const tail = restName.exec(last)?.[1]
  const before = tail === undefined ? segments : segments.slice(0, -1)
  if (before.some(one => one === '' || one === '.' || one === '..')) {
    return wrong('segments that are neither empty nor dots')
  }
  if (before.some(one => restName.test(one))) return wrong('{name...} at the end only')
  if (before.some(one => one !== '*' && !name.test(one) && literal(one) === undefined)) {
    return wrong('"*" or {name} as a whole segment')
  }
  const names = [...before, ...(tail === undefined ? [] : [`{${tail}}`])].flatMap(
    one => name.exec(one)?.[1] ?? [],
  )
  if (hasTwice(names)) return wrong('each name once')
  return {
    source: written,
    names,
    node: groups =>
      before.length === 0 && tail === undefined
        ? text('/')
        : sequence([
            ...(before.length === 0 ? [] : [text('/')]),
            ...capturing(before, { one: segment, groups, separator: '/' }),
            ...(tail === undefined ? [] : [tailNode(tail, groups + names.length, before)]),
          ]),
  }
}

/** The rest of a path with the slash before it, or nothing. The root keeps its slash. */
function tailNode(tail: string, number: number, before: readonly string[]): Node {
  const captured = sequence([text('/'), group(number, tail, rest)])
  return before.length === 0 ? captured : choice([captured, empty])
}

/** Text without the characters of the syntax; undefined when it has some. */
const literal = (written: string): string | undefined =>
  /[*{}]/.test(written) ? undefined : written

interface Capturing {
  /** What `*` and `{name}` match. */
  readonly one: Node
  /** Groups before these. */
  readonly groups: number
  readonly separator: string
  readonly lower?: true
}

function capturing(pieces: readonly string[], options: Capturing): readonly Node[] {
  let { groups } = options
  return pieces.flatMap((piece, i) => {
    const before = i === 0 ? [] : [text(options.separator)]
    const named = name.exec(piece)?.[1]
    if (named !== undefined) return [...before, group(++groups, named, options.one)]
    if (piece === '*') return [...before, options.one]
    return [...before, text(options.lower ? piece.toLowerCase() : piece)]
  })
}

const hasTwice = (names: readonly string[]): boolean => new Set(names).size < names.length
