/** Compiles the templates of a handler's config at load; an error names the field. */
import type { Failure } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import { checkFields, type FieldOptions } from '../templates/check-fields.ts'
import {
  compileTemplate,
  type OnBranch,
  type Template,
  type TemplateOptions,
} from '../templates/template.ts'

export interface NamedTemplate {
  readonly name: string
  readonly render: Template['render']
}

/** What all templates of a program have in common. */
export interface TemplateSettings {
  /** Functions with access to the outside that were allowed by name (`templates.allow`). */
  readonly allow: readonly string[]
  /** Called by the templates that are compiled with it; others do not look for it. */
  readonly onBranch?: OnBranch
}

export const compileField = (
  field: string,
  source: string,
  settings: TemplateSettings,
): Template['render'] => compileChecked(field, source, settings)

/**
 * As `compileField`, for a text that is made of the request alone: it reads `.MatchContext` and nothing else, and a
 * value that is missing or empty is a failure.
 */
export const compileRequestField = (
  field: string,
  source: string,
  settings: TemplateSettings,
): Template['render'] =>
  compileChecked(field, source, { ...settings, only: 'MatchContext', refusesEmpty: true })

function compileChecked(
  field: string,
  source: string,
  { only, ...options }: TemplateOptions & FieldOptions,
): Template['render'] {
  try {
    const { render } = compileTemplate(source, options)
    const problem = checkFields(source, { only })
    if (problem !== undefined) throw new Error(problem)
    return render
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new Error(`${field}: ${detail}`)
  }
}

/** Compiles a map of name to template, in the order of the config. */
export const compileFields = (
  field: string,
  sources: Readonly<Record<string, string>>,
  settings: TemplateSettings,
): readonly NamedTemplate[] =>
  Object.entries(sources).map(([name, source]) => ({
    name,
    render: compileField(`${field}.${name}`, source, settings),
  }))

/** Renders every template, or returns the first failure. */
export function renderAll(
  templates: readonly NamedTemplate[],
  session: Session,
): readonly (readonly [name: string, value: string])[] | Failure {
  const rendered: (readonly [string, string])[] = []
  for (const { name, render } of templates) {
    const value = render(session)
    if (typeof value !== 'string') return value
    rendered.push([name, value])
  }
  return rendered
}
