/**
 * Texts that a rule requires, such as audiences: fixed, or templates that read `.MatchContext` alone, because they are
 * made before it is known who is calling.
 */
import type { Session } from '../model/session.ts'
import { compileRequestField, type TemplateSettings } from './templates.ts'

export interface RequestTexts {
  /** The texts, if none is a template. */
  readonly fixed: readonly string[] | undefined
  /** undefined: a template reads a name that this request does not have, or fails in another way. */
  readonly render: (session: Session) => readonly string[] | undefined
}

/** Throws an Error that names the entry. */
export function compileRequestTexts(
  field: string,
  sources: readonly string[],
  settings: TemplateSettings,
): RequestTexts {
  if (!sources.some(source => source.includes('{{'))) {
    return { fixed: sources, render: () => sources }
  }
  const templates = sources.map((source, i) =>
    compileRequestField(`${field}.${i}`, source, settings),
  )
  return {
    fixed: undefined,
    render: session => {
      const texts: string[] = []
      for (const render of templates) {
        const text = render(session)
        if (typeof text !== 'string' || text === '') return undefined
        texts.push(text)
      }
      return texts
    },
  }
}
