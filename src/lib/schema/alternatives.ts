/** Selects, from the errors of a failed `oneOf` or `anyOf`, those of the branch that was probably meant. */
import type { SchemaError } from './issue.ts'

const alternatives = new Set(['oneOf', 'anyOf'])
/** Their own errors are left out; those of their contents are reported. */
const silent = new Set(['if', 'allOf'])

export function withoutNoise(errors: readonly SchemaError[]): readonly SchemaError[] {
  let left = errors.filter(({ keyword }) => !silent.has(keyword))
  for (const error of errors) {
    if (alternatives.has(error.keyword)) left = withoutLosers(left, error)
  }
  return left
}

function withoutLosers(errors: readonly SchemaError[], parent: SchemaError): SchemaError[] {
  const inside = errors.filter(error => error.schemaPath.startsWith(`${parent.schemaPath}/`))
  const here = inside.filter(error => isWithin(error, parent))
  const meant = bestBranch(grouped(here, parent), parent)
  const dropped = new Set(
    meant === undefined ? here : [...here, parent].filter(e => !meant.includes(e)),
  )
  return errors.filter(error => !dropped.has(error))
}

const isWithin = (error: SchemaError, { instancePath }: SchemaError): boolean =>
  error.instancePath === instancePath || error.instancePath.startsWith(`${instancePath}/`)

const branchOf = (error: SchemaError, { schemaPath }: SchemaError): string =>
  error.schemaPath.slice(schemaPath.length + 1).split('/', 1)[0] ?? ''

/** The branch that a list or object resembles most; undefined when none does. */
function bestBranch(
  branches: ReadonlyMap<string, SchemaError[]>,
  { instancePath, data }: SchemaError,
): readonly SchemaError[] | undefined {
  if (typeof data !== 'object') return undefined
  const scored = [...branches.values()]
    .map(errors => ({ errors, score: scoreOf(errors, instancePath) }))
    .sort((a, b) => a.score - b.score)
  const [first, second] = scored
  if (first === undefined || first.score >= wrongType) return undefined
  return second === undefined || first.score < second.score ? first.errors : undefined
}

const wrongType = 1000

function scoreOf(errors: readonly SchemaError[], instancePath: string): number {
  let score = errors.length
  for (const error of errors) {
    if (error.instancePath !== instancePath) continue
    score += error.keyword === 'type' ? wrongType : 10
  }
  return score
}

function grouped(
  errors: readonly SchemaError[],
  parent: SchemaError,
): ReadonlyMap<string, SchemaError[]> {
  const groups = new Map<string, SchemaError[]>()
  for (const error of errors) {
    const branch = branchOf(error, parent)
    groups.set(branch, [...(groups.get(branch) ?? []), error])
  }
  return groups
}
