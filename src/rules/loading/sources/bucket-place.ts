/** Parses `scheme://bucket/key?parameters`. */

/** The type of a parameter; `ignored` ones are accepted and have no effect. */
export type Parameter = 'text' | 'flag' | 'ignored'

export interface BucketPlace {
  readonly kind: 'bucket_place'
  readonly bucket: string
  readonly key: string
  readonly texts: ReadonlyMap<string, string>
  /** The flags that are true. */
  readonly flags: ReadonlySet<string>
}

/** Why a location is not valid. */
export interface PlaceProblem {
  readonly kind: 'place_problem'
  readonly message: string
}

export const placeProblem = (message: string): PlaceProblem => ({ kind: 'place_problem', message })

const form = /^[^:]+:\/\/([^/?#]+)\/([^?#]+)(?:\?([^#]*))?$/

export function parseBucketPlace(
  location: string,
  parameters: Readonly<Record<string, Parameter>>,
): BucketPlace | PlaceProblem {
  const [, bucket, key, query] = form.exec(location) ?? []
  if (bucket === undefined || key === undefined)
    return placeProblem('expected a bucket and the name of an object: scheme://bucket/name')
  const name = decoded(key)
  if (name === undefined) return placeProblem('the name of the object has a malformed escape')
  const given = parseParameters(query, parameters)
  if (given.kind === 'place_problem') return given
  const { texts, flags } = given
  const on = [...flags].filter(([, value]) => value).map(([key]) => key)
  return { kind: 'bucket_place', bucket, key: name, texts, flags: new Set(on) }
}

export interface Parameters {
  readonly kind: 'parameters'
  /** The parameters that are not empty. */
  readonly texts: ReadonlyMap<string, string>
  readonly flags: ReadonlyMap<string, boolean>
}

export function parseParameters(
  query: string | undefined,
  parameters: Readonly<Record<string, Parameter>>,
): Parameters | PlaceProblem {
  const given = [...new URLSearchParams(query)]
  const problem = problemOf(given, parameters)
  if (problem !== undefined) return problem
  const flags = given.filter(([key]) => parameters[key] === 'flag')
  return {
    kind: 'parameters',
    texts: new Map(given.filter(([key, value]) => parameters[key] === 'text' && value !== '')),
    flags: new Map(flags.map(([key, value]) => [key, yes.test(value)])),
  }
}

const yes = /^(?:1|t|true)$/i
const no = /^(?:0|f|false)$/i

/** The message does not show values: they may be secrets. */
function problemOf(
  given: readonly (readonly [string, string])[],
  parameters: Readonly<Record<string, Parameter>>,
): PlaceProblem | undefined {
  const unknown = given.map(([name]) => name).filter(name => !Object.hasOwn(parameters, name))
  const known = Object.keys(parameters).join(', ')
  if (unknown.length > 0)
    return placeProblem(`unknown parameters: ${unknown.join(', ')}; known are ${known}`)
  const [unclear] = given.filter(
    ([name, value]) => parameters[name] === 'flag' && !yes.test(value) && !no.test(value),
  )
  return unclear && placeProblem(`parameter ${unclear[0]}: expected true or false`)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
