/** nginx with auth_request, where it is plain: blocks of one file, without include. */
import type { Place } from '../../lint/finding.ts'
import type { EdgeFile, UncheckedRoute } from '../caller.ts'
import { toCaller } from './check-location.ts'
import { takesRequest } from './choose-location.ts'
import {
  allIn,
  checkOf,
  isCheck,
  type Location,
  locationsIn,
  setsHeader,
  upstreamOf,
} from './locations.ts'
import { ambiguousPaths } from './paths.ts'
import { type Directive, parseNginx } from './syntax.ts'

/** undefined: nothing in it sends checks. */
export function readNginx(file: string, text: string): EdgeFile | undefined {
  if (!/\bauth_request\b/.test(text)) return undefined
  const at = (directive: Directive): Place => ({
    file,
    line: directive.line,
    column: directive.column,
  })
  const root = parseNginx(text)
  const locations = locationsIn(root, [root])
  const asked = locations.filter(one => checkOf(one) !== undefined && one.find('proxy_pass'))
  const checks = new Set(asked.map(checkOf))
  const upstreams = new Set(asked.map(upstreamOf))
  const unchecked = locations
    .filter(one => checkOf(one) === undefined && leadsOn(one) && !isCheck(one, checks))
    .map(one => toUnchecked(one, { upstreams, locations, at }))
  const includes = allIn(root).filter(({ name }) => name === 'include')
  const ambiguous = ambiguousPaths(root, at)
  return {
    callers: asked.map((one, i) =>
      toCaller(one, { locations, at, ...(i === 0 ? { unchecked, ambiguous } : nothing) }),
    ),
    notes: includes.map(({ args }) => `include ${args.join(' ')} is not read`),
  }
}

const nothing = { unchecked: [], ambiguous: [] }

interface Whole {
  readonly upstreams: ReadonlySet<string>
  readonly locations: readonly Location[]
  readonly at: (directive: Directive) => Place
}

const passes = new Set(['proxy_pass', 'grpc_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass'])

const leadsOn = ({ block }: Location): boolean => block.block.some(({ name }) => passes.has(name))

const toUnchecked = (location: Location, { upstreams, locations, at }: Whole): UncheckedRoute => ({
  shown: `location ${location.block.args.join(' ')}`,
  at: at(location.block),
  takes: takesRequest(location, locations),
  removes: name => setsHeader(location, name) !== undefined,
  sharesUpstream: upstreams.has(upstreamOf(location)),
})
