/** `required_claims`: what claims of a token, or members of an introspection, must be. Byte strings. */
import { compilePath } from '../lib/gjson.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { Deps } from './kind.ts'

const value = { type: ['string', 'number', 'boolean', 'array', 'object'] } as const

export const requiredClaimsSchema = {
  type: 'array',
  description: 'What claims must be. All entries must hold; `null` is never present.',
  examples: [[{ path: 'realm_access.roles', contains: 'buyer' }]],
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    $comment: 'exactly one of equals, one_of, contains, matches, present beside path',
    oneOf: [
      { required: ['equals'] },
      { required: ['one_of'] },
      { required: ['contains'] },
      { required: ['matches'] },
      { required: ['present'] },
    ],
    properties: {
      path: { type: 'string', minLength: 1, description: 'GJSON path of the claim.' },
      equals: { ...value, description: 'The claim is this value, of the same type.' },
      one_of: {
        type: 'array',
        minItems: 1,
        items: value,
        description: 'The claim is one of these values, of the same type.',
      },
      contains: { ...value, description: 'The claim is a list that has this value.' },
      matches: {
        type: 'string',
        minLength: 1,
        description: 'The claim is a text that is, as a whole, this one; `<…>` as in rules.',
      },
      present: {
        type: 'boolean',
        description: '`true`: the claim must be present. `false`: it must be absent.',
      },
    },
  },
} as const

/** One entry, with exactly one operator. */
export interface RequiredClaim {
  readonly path: string
  readonly equals?: unknown
  readonly one_of?: readonly unknown[]
  readonly contains?: unknown
  readonly matches?: string
  readonly present?: boolean
}

/** Why the claims are refused; undefined when all entries hold. */
export type CheckRequired = (claims: JsonObject) => string | undefined

/** Throws an Error that names the entry. undefined: nothing is required. */
export function compileRequiredClaims(
  list: readonly RequiredClaim[] = [],
  { compileText }: Pick<Deps, 'compileText'>,
): CheckRequired | undefined {
  if (list.length === 0) return undefined
  const entries = list.map((entry, i) => {
    try {
      return { path: entry.path, holds: compileEntry(entry, compileText) }
    } catch (error) {
      throw new Error(`required_claims.${i}.${(error as Error).message}`)
    }
  })
  return claims => {
    const failed = entries.find(({ holds }) => !holds(claims))
    return failed && `The claim at ${JSON.stringify(failed.path)} is not what is required.`
  }
}

type Holds = (claims: JsonValue) => boolean

function compileEntry(entry: RequiredClaim, compileText: Deps['compileText']): Holds {
  const find = inKey('path', () => compilePath(entry.path))
  const holds = compileOperator(entry, compileText)
  return claims => holds(find(claims) ?? undefined)
}

/** Gets undefined for an absent claim, and for null. */
function compileOperator(
  { equals, one_of: choices, contains, matches, present }: RequiredClaim,
  compileText: Deps['compileText'],
): (claim: JsonValue | undefined) => boolean {
  if (present !== undefined) return claim => (claim !== undefined) === present
  if (matches !== undefined) {
    const test = inKey('matches', () => compileText(matches))
    return claim => typeof claim === 'string' && test(claim)
  }
  if (contains !== undefined) {
    const wanted = exact('contains', contains)
    return claim => Array.isArray(claim) && claim.some((item: JsonValue) => isSame(item, wanted))
  }
  const wanted = (choices ?? [equals]).map(one => exact(choices ? 'one_of' : 'equals', one))
  return claim => claim !== undefined && wanted.some(one => isSame(claim, one))
}

function inKey<T>(key: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    throw new Error(`${key}: ${(error as Error).message}`)
  }
}

/** Larger numbers are rounded when they are read: different ones would be equal. */
const isExact = (value: number): boolean => !Number.isInteger(value) || Number.isSafeInteger(value)

function exact(key: string, value: unknown): JsonValue {
  if (typeof value === 'number' && !isExact(value)) {
    throw new Error(`${key}: found ${value}, expected a number within 2^53`)
  }
  return value as JsonValue
}

/** Types count: `1` is neither `"1"` nor `[1]`. */
function isSame(one: JsonValue, other: JsonValue): boolean {
  if (typeof one === 'number') return one === other && isExact(one)
  if (typeof one !== 'object' || one === null) return one === other
  if (typeof other !== 'object' || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [mine, others] = [one as JsonObject, other as JsonObject]
  const names = Object.keys(mine)
  return (
    names.length === Object.keys(others).length &&
    names.every(
      name => Object.hasOwn(others, name) && isSame(mine[name] ?? null, others[name] ?? null),
    )
  )
}
