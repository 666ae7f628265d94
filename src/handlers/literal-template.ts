/** Warns of templates in settings that are not templates: they would be used literally without notice. */
import { isJsonObject, type JsonValue } from '../lib/json.ts'

const longestShown = 60

/** One warning for each text with `{{` outside the members that are templates. */
export const literalTemplates = (
  config: JsonValue,
  templates: readonly string[],
): readonly string[] =>
  isJsonObject(config)
    ? Object.entries(config).flatMap(([key, value]) =>
        templates.includes(key) ? [] : within(value, `config.${key}`),
      )
    : []

function within(value: JsonValue, place: string): readonly string[] {
  if (typeof value === 'string') return value.includes('{{') ? [warning(place, value)] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    within(item as JsonValue, `${place}.${key}`),
  )
}

const warning = (place: string, text: string): string =>
  `${place}: ${JSON.stringify(text.slice(0, longestShown))} is used literally: this setting is not a template`
