/** `required_scope`: fixed scopes, or templates over the request. */
import type { Session } from '../model/session.ts'
import { compileRequestTexts } from './request-texts.ts'
import { compareScopes, compileScopes, isScope, type ScopeStrategy } from './scopes.ts'
import type { TemplateSettings } from './templates.ts'

/** A required scope cannot be made of the request. */
export const unreadable: unique symbol = Symbol('unreadable')

/** The scopes that are required and not granted. */
export type FindMissing = (
  session: Session,
  granted: readonly string[],
) => readonly string[] | typeof unreadable | undefined

/** The scopes that are the same for every request, for a challenge. */
export const fixedScopes = (required: readonly string[]): readonly string[] =>
  required.filter(scope => !scope.includes('{{'))

/** undefined when the strategy compares nothing. Throws an Error that names the entry. */
export function compileRequiredScopes(
  strategy: ScopeStrategy,
  required: readonly string[],
  settings: TemplateSettings,
): FindMissing | undefined {
  const { fixed, render } = compileRequestTexts('required_scope', required, settings)
  if (fixed !== undefined) {
    const missingOf = compileScopes(strategy, fixed)
    return missingOf && ((_, granted) => missingOf(granted))
  }
  const compare = compareScopes(strategy)
  return (
    compare &&
    ((session, granted) => {
      const scopes = render(session)
      return scopes?.every(isScope) ? compare(scopes, granted) : unreadable
    })
  )
}
