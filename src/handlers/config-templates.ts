/** What can be said of the templates of a config: those where none is expected, and those that read the body. */
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { readsBody } from '../templates/check-fields.ts'

const longestShown = 60

/** A text of a config. */
export interface LiteralTemplate {
  /** Within the config. */
  readonly path: readonly string[]
  readonly text: string
}

/** Each text with `{{` outside the members that are templates. */
export const literalTemplates = (
  config: JsonValue,
  templates: readonly string[],
): readonly LiteralTemplate[] =>
  isJsonObject(config)
    ? Object.entries(config).flatMap(([key, value]) =>
        templates.includes(key) ? [] : within(value, [key]),
      )
    : []

/** The texts of the members that are templates, with `{{` or without. */
export const templateTexts = (
  config: JsonValue,
  templates: readonly string[],
): readonly LiteralTemplate[] =>
  isJsonObject(config) ? templates.flatMap(key => textsIn(config[key] ?? null, [key])) : []

/** True when one of the members that are templates reads the parsed body. */
export const templatesReadBody = (config: JsonValue, templates: readonly string[]): boolean =>
  isJsonObject(config) && templates.some(key => anyReadsBody(config[key] ?? null))

function anyReadsBody(value: JsonValue): boolean {
  if (typeof value === 'string') return readsBody(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(anyReadsBody)
}

const within = (value: JsonValue, path: readonly string[]): readonly LiteralTemplate[] =>
  textsIn(value, path).filter(({ text }) => text.includes('{{'))

function textsIn(value: JsonValue, path: readonly string[]): readonly LiteralTemplate[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsIn(item as JsonValue, [...path, key]))
}

export const literalWarning = ({ path, text }: LiteralTemplate): string =>
  `config.${path.join('.')}: ${JSON.stringify(text.slice(0, longestShown))} is used literally: this setting is not a template`
