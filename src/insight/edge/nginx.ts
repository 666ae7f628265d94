/** nginx with auth_request, where it is plain: blocks of one file, without include. */
import type { Place } from '../lint/finding.ts'
import type { Caller, EdgeFile, Fault, HeaderList, UncheckedRoute } from './caller.ts'
import { type Directive, parseNginx } from './nginx-syntax.ts'

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
    .filter(one => checkOf(one) === undefined && one.find('proxy_pass') && !isCheck(one, checks))
    .map(one => toUnchecked(one, { upstreams, at }))
  const includes = allIn(root).filter(({ name }) => name === 'include')
  return {
    callers: asked.map((one, i) =>
      toCaller(one, { locations, at, unchecked: i === 0 ? unchecked : [] }),
    ),
    notes: includes.map(({ args }) => `include ${args.join(' ')} is not read`),
  }
}

/** A location, with the blocks around it, the innermost last. */
interface Location {
  readonly block: Directive
  readonly around: readonly Directive[]
  /** The directive of the innermost block that has it. */
  readonly find: (name: string) => Directive | undefined
  /** All directives of the innermost block that has some: nginx inherits them together. */
  readonly list: (name: string) => readonly Directive[]
}

function locationsIn(block: Directive, around: readonly Directive[]): readonly Location[] {
  return block.block.flatMap(child => {
    const blocks = [...around, child]
    const below = locationsIn(child, blocks)
    return child.name === 'location' ? [toLocation(child, blocks), ...below] : below
  })
}

function toLocation(block: Directive, around: readonly Directive[]): Location {
  const list = (name: string): readonly Directive[] =>
    around
      .map(one => one.block.filter(child => child.name === name))
      .findLast(found => found.length > 0) ?? []
  const find = (name: string): Directive | undefined =>
    name === 'proxy_pass' ? block.block.find(child => child.name === name) : list(name)[0]
  return { block, around, find, list }
}

const allIn = (block: Directive): readonly Directive[] => [block, ...block.block.flatMap(allIn)]

/** The location that is asked; undefined: no check. */
function checkOf(location: Location): string | undefined {
  const [uri] = location.find('auth_request')?.args ?? []
  return uri === 'off' ? undefined : uri
}

const upstreamOf = (location: Location): string => location.find('proxy_pass')?.args[0] ?? ''

const pathOf = ({ block }: Location): string => block.args.at(-1) ?? ''

const isCheck = (location: Location, checks: ReadonlySet<string | undefined>): boolean =>
  checks.has(pathOf(location))

interface Whole {
  readonly upstreams: ReadonlySet<string>
  readonly at: (directive: Directive) => Place
}

function toUnchecked(location: Location, { upstreams, at }: Whole): UncheckedRoute {
  const [sign, path] = location.block.args.length > 1 ? location.block.args : ['', pathOf(location)]
  return {
    shown: `location ${location.block.args.join(' ')}`,
    at: at(location.block),
    takes: (_, asked) =>
      !pathOf(location).startsWith('@') &&
      (sign === '=' ? asked === path : !sign?.startsWith('~') && asked.startsWith(path ?? '')),
    removes: name => setsHeader(location, name) !== undefined,
    sharesUpstream: upstreams.has(upstreamOf(location)),
  }
}

/** The value that proxy_set_header gives it; undefined: the client's own goes on. */
const setsHeader = (location: Location, name: string): string | undefined =>
  location.list('proxy_set_header').find(({ args }) => args[0]?.toLowerCase() === name)?.args[1]

interface Known extends Pick<Whole, 'at'> {
  readonly locations: readonly Location[]
  readonly unchecked: readonly UncheckedRoute[]
}

function toCaller(location: Location, { locations, at, unchecked }: Known): Caller {
  const check = locations.find(one => pathOf(one) === checkOf(location))
  const directive = location.find('auth_request') ?? location.block
  const timeout = check?.find('proxy_read_timeout')
  return {
    protocol: 'http',
    name: `location ${location.block.args.join(' ')}`,
    at: at(directive),
    failOpen: failOpen(location, locations, at),
    unnormalized: check === undefined ? [] : unnormalized(check, at),
    unchecked,
    disabled: check === undefined ? [] : wrongPath(check, at),
    ...(timeout === undefined
      ? {}
      : { timeout: { ms: timeOf(timeout), at: at(timeout), isDefault: false } }),
    copies: copied(location, at),
    bodyBytes: 0,
    retries: [],
  }
}

const wrongPath = (check: Location, at: Whole['at']): readonly Fault[] =>
  /^https?:\/\/[^/]+\/decisions\/?$/.test(upstreamOf(check))
    ? []
    : [
        {
          at: at(check.find('proxy_pass') ?? check.block),
          message:
            'proxy_pass of the check does not end with /decisions: other paths of the port answer 200, which is an allow',
        },
      ]

/** `$uri` is decoded and normalised; the upstream gets what the client wrote. */
function unnormalized(check: Location, at: Whole['at']): readonly Fault[] {
  return check
    .list('proxy_set_header')
    .filter(({ args }) => /^x-(?:forwarded-uri|original-ur[il])$/i.test(args[0] ?? ''))
    .filter(({ args }) => !/\$request_uri/.test(args[1] ?? ''))
    .map(directive => ({
      at: at(directive),
      message: `${directive.args[0]}: found ${directive.args[1]}, expected $request_uri: another path is matched than the one that is forwarded`,
    }))
}

/** An error of the check (500) leads to the application. */
function failOpen(
  location: Location,
  locations: readonly Location[],
  at: Whole['at'],
): readonly Fault[] {
  return location
    .list('error_page')
    .filter(({ args }) => args.some(arg => /^50[0-4]$/.test(arg)))
    .filter(({ args }) => {
      const target = locations.find(one => pathOf(one) === args.at(-1))
      return target?.find('proxy_pass') !== undefined && checkOf(target) === undefined
    })
    .map(directive => ({
      at: at(directive),
      message: `error_page ${directive.args.join(' ')}: leads to the application where Oarlock does not answer`,
    }))
}

/** Headers that are set from the answer: auth_request_set and proxy_set_header, or an empty value. */
function copied(location: Location, at: Whole['at']): HeaderList {
  const variables = new Map(
    location.list('auth_request_set').map(({ args }) => [args[0] ?? '', args[1] ?? '']),
  )
  const test = (name: string): boolean => {
    const value = setsHeader(location, name)
    if (value === undefined) return false
    return value === '' || variables.get(value) === `$upstream_http_${name.replaceAll('-', '_')}`
  }
  return { at: at(location.block), test }
}

function timeOf({ args }: Directive): number {
  const [, count = '60', unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(args[0] ?? '') ?? []
  return Number(count) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 1000)
}
