/** A location whose requests are checked. */
import type { Place } from '../../lint/finding.ts'
import type { Caller, Fault, HeaderList, UncheckedRoute } from '../caller.ts'
import { checkOf, type Location, pathOf, setsHeader, upstreamOf } from './locations.ts'
import type { Directive } from './syntax.ts'

type At = (directive: Directive) => Place

export interface Known {
  readonly at: At
  readonly locations: readonly Location[]
  readonly unchecked: readonly UncheckedRoute[]
  readonly ambiguous: readonly Fault[]
}

export function toCaller(location: Location, known: Known): Caller {
  const { locations, at, unchecked, ambiguous } = known
  const check = locations.find(one => pathOf(one) === checkOf(location))
  const directive = location.find('auth_request') ?? location.block
  const timeout = check?.find('proxy_read_timeout')
  return {
    protocol: 'http',
    name: `location ${location.block.args.join(' ')}`,
    at: at(directive),
    failOpen: failOpen(location, locations, at),
    unnormalized: [...ambiguous, ...(check === undefined ? [] : unnormalized(check, at))],
    unchecked,
    disabled: check === undefined ? [] : wrongPath(check, at),
    ...(timeout === undefined
      ? {}
      : { timeout: { ms: timeOf(timeout), at: at(timeout), isDefault: false } }),
    removesOnlyListed: true,
    copies: copied(location, at),
    bodyBytes: 0,
    retries: [],
  }
}

const wrongPath = (check: Location, at: At): readonly Fault[] =>
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
function unnormalized(check: Location, at: At): readonly Fault[] {
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
function failOpen(location: Location, locations: readonly Location[], at: At): readonly Fault[] {
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
function copied(location: Location, at: At): HeaderList {
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
