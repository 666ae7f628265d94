/** What is proxied without a check before it. */
import type { Place } from '../../lint/finding.ts'
import type { UncheckedRoute } from '../caller.ts'
import type { Block } from './blocks.ts'
import { type Matcher, matcherOf, type PathTest } from './path-matcher.ts'

export interface Unchecked {
  readonly routes: readonly UncheckedRoute[]
  /** What is not understood. */
  readonly notes: readonly string[]
}

export interface Whole {
  readonly place: (block: Block) => Place
  readonly isCheck: (block: Block) => boolean
}

export function uncheckedIn(blocks: readonly Block[], whole: Whole): Unchecked {
  const snippets = new Map(
    blocks.filter(isSnippet).map(({ words, block }) => [words[0] ?? '', block] as const),
  )
  const notes = new Set<string>()
  const proxies = sitesIn(blocks).flatMap(site => {
    const children = expanded(site.block, snippets, 0)
    const named = new Map(flat(children).map(one => [one.words[0] ?? '', one] as const))
    const walk: Walk = { whole, named, note: text => notes.add(text) }
    return proxiesIn(children, outermost, walk).map(one => ({ ...one, hosts: hostsOf(site.words) }))
  })
  const checked = new Set(
    proxies.filter(({ checks }) => checks.length > 0).map(({ upstream }) => upstream),
  )
  return {
    notes: [...notes],
    routes: proxies
      .filter(({ isOpen }) => isOpen)
      .map(proxy => toRoute(proxy, { checked, place: whole.place })),
  }
}

const isSnippet = ({ words: [name = ''] }: Block): boolean => /^\(.*\)$/.test(name)

/** A file with one site may leave out its braces. */
function sitesIn(blocks: readonly Block[]): readonly Pick<Block, 'words' | 'block'>[] {
  const own = blocks.filter(one => one.words.length > 0 && !isSnippet(one))
  const [first, ...rest] = own
  if (first === undefined || first.block.length > 0) return own
  return [{ words: first.words, block: rest }]
}

const hostsOf = (words: readonly string[]): readonly string[] =>
  words
    .flatMap(word => word.split(','))
    .filter(word => word !== '')
    .map(word => word.replace(/^https?:\/\//, '').replace(/(:\d+)?(\/.*)?$/, ''))

const mostImports = 10

function expanded(
  blocks: readonly Block[],
  snippets: ReadonlyMap<string, readonly Block[]>,
  depth: number,
): readonly Block[] {
  return blocks.flatMap(one => {
    const own = one.words[0] === 'import' ? snippets.get(`(${one.words[1]})`) : undefined
    if (own === undefined || depth > mostImports) {
      return [{ ...one, block: expanded(one.block, snippets, depth) }]
    }
    return expanded(own, snippets, depth + 1)
  })
}

const flat = (blocks: readonly Block[]): readonly Block[] =>
  blocks.flatMap(one => [one, ...flat(one.block)])

interface Around {
  readonly matchers: readonly Matcher[]
  readonly checks: readonly Matcher[]
  readonly removed: readonly string[]
  /** Requests that something else answers. */
  readonly answered: readonly PathTest[]
  /** A file that is not read may check them. */
  readonly isUnread: boolean
  /** Directives work in the order in which they are written, not in Caddy's. */
  readonly isWritten: boolean
}

const outermost: Around = {
  matchers: [],
  checks: [],
  removed: [],
  answered: [],
  isUnread: false,
  isWritten: false,
}

interface Walk {
  readonly whole: Whole
  readonly named: ReadonlyMap<string, Block>
  readonly note: (text: string) => void
}

interface Proxy {
  readonly block: Block
  readonly upstream: string
  readonly checks: readonly Matcher[]
  readonly isOpen: boolean
  readonly takes: (path: string) => boolean
  readonly removed: readonly string[]
}

interface HostedProxy extends Proxy {
  readonly hosts: readonly string[]
}

function proxiesIn(blocks: readonly Block[], around: Around, walk: Walk): readonly Proxy[] {
  return blocks.flatMap((block, i) => {
    const before = around.isWritten ? blocks.slice(0, i) : blocks
    const here = (): Around => withBeside({ block, before }, around, walk)
    const [name = ''] = block.words
    if (name === 'handle_path') walk.note('handle_path is not read')
    if (name === 'handle' || name === 'route')
      return proxiesIn(block.block, { ...here(), isWritten: name === 'route' }, walk)
    return isProxy(block) && !walk.whole.isCheck(block) ? [toProxy(block, here(), walk)] : []
  })
}

const isProxy = ({ words: [name = ''] }: Block): boolean =>
  name === 'reverse_proxy' || name === 'php_fastcgi'

interface Beside {
  readonly block: Block
  /** What works before it, and so may be itself. */
  readonly before: readonly Block[]
}

/** What holds for requests that reach the directive. */
function withBeside({ block, before }: Beside, around: Around, walk: Walk): Around {
  const matched = (one: Block): Matcher => matcherOf(one, walk.named)
  const own = matched(block)
  const isAnswered = (one: Block): boolean =>
    one !== block && answers(one, walk) && (around.isWritten || isFirst(matched(one), own))
  return {
    ...around,
    matchers: [...around.matchers, own],
    checks: [...around.checks, ...before.filter(walk.whole.isCheck).map(matched)],
    removed: [...around.removed, ...before.flatMap(removedBy)],
    answered: [...around.answered, ...before.filter(isAnswered).map(one => matched(one).test)],
    isUnread: around.isUnread || before.some(({ words }) => words[0] === 'import'),
  }
}

const answering = new Set(['handle', 'handle_path', 'respond', 'redir', 'abort', 'error'])

const answers = (block: Block, { whole }: Walk): boolean =>
  answering.has(block.words[0] ?? '') || (isProxy(block) && !whole.isCheck(block))

/** Caddy asks for longer paths first, and for those with a matcher before those without. */
const isFirst = (one: Matcher, own: Matcher): boolean => one.written.length > own.written.length

/** `request_header -X-User` for all requests. */
const removedBy = ({ words: [name, written = ''] }: Block): readonly string[] =>
  (name === 'request_header' || name === 'header_up') && written.startsWith('-')
    ? [written.slice(1).toLowerCase()]
    : []

function toProxy(block: Block, around: Around, { note }: Walk): Proxy {
  const { matchers, checks, removed, answered } = around
  const isCovered = checks.some(({ written }) => written === '')
  const unknown = [...matchers, ...checks].find(({ test }) => test('/') === undefined)
  if (unknown !== undefined && !isCovered) note(`the matcher ${unknown.written} is not read`)
  const to = block.words.slice(1).filter(word => !/^[@/]/.test(word))
  return {
    block,
    upstream: to.join(' '),
    checks,
    isOpen: !isCovered && !around.isUnread,
    removed: [...removed, ...block.block.flatMap(removedBy)],
    takes: path =>
      matchers.every(({ test }) => test(path) === true) &&
      !answered.some(test => test(path) === true) &&
      checks.every(({ test }) => test(path) === false),
  }
}

interface Known {
  readonly checked: ReadonlySet<string>
  readonly place: Whole['place']
}

function toRoute(proxy: HostedProxy, { checked, place }: Known): UncheckedRoute {
  const { block, hosts, removed, takes, upstream } = proxy
  return {
    shown: block.words.join(' '),
    at: place(block),
    takes: (host, path) => isHostOf(hosts, host) && takes(path),
    removes: name => removed.some(one => isName(one, name)),
    sharesUpstream: checked.has(upstream),
  }
}

const isName = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name

function isHostOf(hosts: readonly string[], asked: string): boolean {
  const host = asked.replace(/:\d+$/, '')
  return asked === '*' || hosts.some(one => one === '' || isNameOf(one.toLowerCase(), host))
}

const isNameOf = (name: string, host: string): boolean =>
  name.startsWith('*.') ? host.endsWith(name.slice(1)) : name === '*' || host === name
