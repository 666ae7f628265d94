/**
 * Finds the environment variables for keys: the path with `_` in place of `.`, in any case. `SERVE_API_PORT`,
 * `serve_api_port` and `serve.api.port` are the same.
 */
import type { Path } from '../issue.ts'
import { propertiesOf, type SchemaNode } from '../schema/walk.ts'

export interface Target {
  readonly path: Path
  readonly schema: SchemaNode
}

/** A variable that is set, and its key. */
export interface Setting extends Target {
  readonly variable: string
  readonly text: string
}

export const normalName = (name: string): string => name.toLowerCase().replaceAll('_', '.')

/** Every key of the schema by its normalized name. */
export function targetsOf(schema: SchemaNode): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>()
  const visit = (node: SchemaNode, path: readonly string[]): void => {
    for (const [key, child] of Object.entries(propertiesOf(node))) {
      const below = [...path, key]
      targets.set(normalName(below.join('.')), { path: below, schema: child })
      visit(child, below)
    }
  }
  visit(schema, [])
  return targets
}

/** Sections come first, so that a single key takes precedence over its section. */
export function settingsIn(
  env: Readonly<Record<string, string | undefined>>,
  targets: ReadonlyMap<string, Target>,
): readonly Setting[] {
  const settings: Setting[] = []
  for (const [variable, text] of Object.entries(env)) {
    const target = text === undefined ? undefined : targetOf(normalName(variable), targets)
    if (target !== undefined && text !== undefined) settings.push({ ...target, variable, text })
  }
  return settings.sort(inOrder)
}

const inOrder = (a: Setting, b: Setting): number =>
  a.path.length - b.path.length || elementOf(a) - elementOf(b) || (a.variable < b.variable ? -1 : 1)

/** Elements of a list are set in order of their number. */
function elementOf({ path }: Target): number {
  const last = path.at(-1)
  return typeof last === 'number' ? last : -1
}

/** The key, or an element of a list of strings: `ACCESS_RULES_REPOSITORIES_0`. */
function targetOf(name: string, targets: ReadonlyMap<string, Target>): Target | undefined {
  const whole = targets.get(name)
  if (whole !== undefined) return whole
  const [, list = '', index] = /^(.*)\.(\d{1,3})$/.exec(name) ?? []
  const target = targets.get(list)
  const items = target?.schema.type === 'array' ? target.schema.items : undefined
  if (target === undefined || items === undefined || items.type !== 'string') return undefined
  return { path: [...target.path, Number(index)], schema: items }
}
