/** Configuration keys that a page names. */
import { parseAllDocuments } from 'yaml'
import { configSchema } from '../../src/config/schema/root.ts'
import { propertiesOf, type SchemaNode } from '../../src/config/schema/walk.ts'

const top: SchemaNode = configSchema

/** Texts in backticks that begin like a configuration key, without the value after a colon. */
export const keysIn = (page: string): readonly string[] =>
  [...page.replaceAll(/```.*?```/gs, '').matchAll(/`([a-z0-9_]+(?:\.[a-z0-9_]+)+)(?::[^`]*)?`/g)]
    .map(([, key = '']) => key)
    .filter(key => Object.hasOwn(propertiesOf(top), key.split('.')[0] ?? ''))

/** The schema of a key; undefined if there is no such key. */
export function schemaOf(key: string): SchemaNode | undefined {
  let at: SchemaNode | undefined = top
  for (const name of key.split('.')) at = at && propertiesOf(at)[name]
  return at
}

export const isKey = (key: string): boolean => schemaOf(key) !== undefined

type Yaml = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Yaml =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A document whose top-level keys are all keys of the configuration is a configuration; a rule has lists where a
 * configuration has sections.
 */
const isConfiguration = (value: unknown): value is Yaml =>
  isMap(value) &&
  Object.keys(value).length > 0 &&
  Object.entries(value).every(
    ([key, below]) => Object.hasOwn(propertiesOf(top), key) && (isMap(below) || key === 'version'),
  )

/** Configurations in the YAML examples of a page; blocks that are not YAML are covered by another test. */
export const configurationsIn = (page: string): readonly Yaml[] =>
  [...page.matchAll(/^( *)```ya?ml\n(.*?)^\1```/gms)]
    .flatMap(([, , text = '']) => parseAllDocuments(text).map(document => document.toJS()))
    .filter(isConfiguration)

/** Every key of a configuration, down to the depth that the schema describes. */
export function keysOf(value: Yaml, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, below]) => {
    const key = `${prefix}${name}`
    const schema = schemaOf(key)
    const isSection = schema !== undefined && Object.keys(propertiesOf(schema)).length > 0
    return isMap(below) && isSection ? [key, ...keysOf(below, `${key}.`)] : [key]
  })
}
