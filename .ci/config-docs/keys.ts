/** The keys of the configuration, section by section, as the schema has them. */
import { effectOf } from '../../src/config/restart.ts'
import { configSchema } from '../../src/config/schema/root.ts'
import { fallbackOf, type Node, type Row, rowsOf, typeOf } from '../handler-docs/fields.ts'
import { type Documented, handlers } from '../handler-docs/kinds.ts'
import { configPath } from '../handler-docs/page.ts'

export interface Section {
  /** Dotted; the empty text is the root. */
  readonly path: string
  readonly description: string
  readonly keys: readonly Key[]
}

export interface Key extends Row {
  /** The whole path of the key. */
  readonly path: string
  /** Of a list of objects: what an entry may have. */
  readonly members?: readonly Row[]
}

const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** Handlers have sections of their own, below. */
const handlerSections = new Set(['authenticators', 'authorizers', 'mutators', 'errors.handlers'])

/** Sections with keys of their own, in the order of the schema. */
export const sections: readonly Section[] = sectionsBelow(configSchema as Node, '')

function sectionsBelow(node: Node, path: string): readonly Section[] {
  const members = Object.entries(node.properties ?? {})
  const keys = members.filter(([, child]) => child.properties === undefined)
  const own = {
    path,
    description: node.description ?? '',
    keys: keys.map(([name, child]) => keyOf(joined(path, name), name, child)),
  }
  const below = members
    .filter(([name, child]) => child.properties !== undefined && !handlerSections.has(joined(path, name)))
    .flatMap(([name, child]) => sectionsBelow(child, joined(path, name)))
  return keys.length === 0 ? below : [own, ...below]
}

function keyOf(path: string, name: string, node: Node): Key {
  const text = node.description ?? ''
  const [, ...members] = rowsOf({ schema: { properties: { [name]: node } } } as never)
  return { path, name, type: typeOf(node), fallback: fallbackOf(node, false), text, members }
}

export interface HandlerKeys {
  readonly handler: Documented
  readonly path: string
  readonly isEnabled: boolean
  readonly keys: readonly Key[]
}

export const handlerKeys: readonly HandlerKeys[] = handlers.map(handler => {
  const path = configPath(handler).join('.')
  const rows = handler.kind.unchecked ? [] : rowsOf(handler.kind)
  return {
    handler,
    path,
    isEnabled: handler.name === 'json',
    keys: rows.map(row => ({ ...row, path: `${path}.config.${row.name}` })),
  }
})

const effects = { reload: 'reload', restart: 'restart', none: 'no effect' } as const

export const effectText = ({ path }: Key): string => effects[effectOf(path)]
