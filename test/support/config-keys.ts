/** Keys of the configuration that a page names. */
import { parseAllDocuments } from 'yaml'
import { configSchema } from '../../src/config/schema/root.ts'
import { propertiesOf, type SchemaNode } from '../../src/config/schema/walk.ts'

const top: SchemaNode = configSchema

/** Texts in backticks that begin as a key of the configuration does, without the value behind a colon. */
export const keysIn = (page: string): readonly string[] =>
  [...page.replaceAll(/```.*?```/gs, '').matchAll(/`([a-z0-9_]+(?:\.[a-z0-9_]+)+)(?::[^`]*)?`/g)]
    .map(([, key = '']) => key)
    .filter(key => Object.hasOwn(propertiesOf(top), key.split('.')[0] ?? ''))

/** What the schema says of a key; undefined: it is none. */
export function schemaOf(key: string): SchemaNode | undefined {
  let at: SchemaNode | undefined = top
  for (const name of key.split('.')) at = at && propertiesOf(at)[name]
  return at
}

export const isKey = (key: string): boolean => schemaOf(key) !== undefined

type Yaml = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Yaml =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A document whose top keys are all ours is a configuration; a rule has lists where it has sections. */
const isConfiguration = (value: unknown): value is Yaml =>
  isMap(value) &&
  Object.keys(value).length > 0 &&
  Object.entries(value).every(
    ([key, below]) => Object.hasOwn(propertiesOf(top), key) && (isMap(below) || key === 'version'),
  )

/** Configurations in the YAML examples of a page; what is no YAML is another test's. */
export const configurationsIn = (page: string): readonly Yaml[] =>
  [...page.matchAll(/^( *)```ya?ml\n(.*?)^\1```/gms)]
    .flatMap(([, , text = '']) => parseAllDocuments(text).map(document => document.toJS()))
    .filter(isConfiguration)

/** Every key of a configuration, as deep as the schema knows keys. */
export function keysOf(value: Yaml, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, below]) => {
    const key = `${prefix}${name}`
    const schema = schemaOf(key)
    const isSection = schema !== undefined && Object.keys(propertiesOf(schema)).length > 0
    return isMap(below) && isSection ? [key, ...keysOf(below, `${key}.`)] : [key]
  })
}
