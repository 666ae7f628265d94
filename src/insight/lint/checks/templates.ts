/** `no-value`, and `unencoded` in URLs and in JSON of headers and cookies. */
import {
  type Action,
  actionsOf,
  adviseOnJson,
  isHarmless,
  printsValue,
} from '../../../handlers/quoted-template.ts'
import { textOf } from '../../../lib/bytes.ts'
import { isJsonObject, type JsonValue } from '../../../lib/json.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule, Path, UsedHandler } from '../linted.ts'

export const checkTemplates: Check = ({ rules }) =>
  rules.flatMap(rule =>
    rule.handlers.flatMap(used => templatesOf(used).flatMap(text => checkText(rule, used, text))),
  )

interface Template {
  readonly path: Path
  readonly text: string
}

/** The texts of a handler's config that are templates. */
export const templatesOf = ({ kind, config }: UsedHandler): readonly Template[] =>
  (kind.templates ?? []).flatMap(key => textsIn(config[key] ?? null, [key]))

function textsIn(value: JsonValue, path: Path): readonly Template[] {
  if (typeof value === 'string') return value.includes('{{') ? [{ path, text: value }] : []
  if (Array.isArray(value)) return value.flatMap((item, i) => textsIn(item, [...path, i]))
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]))
}

function checkText(rule: LintedRule, used: UsedHandler, { path, text }: Template) {
  const found = (code: Draft['code'], message: string): Draft => ({
    code,
    message: `${settingOf(used, path.join('.'))}: ${textOf(message)}`,
    rule,
    path: [...used.path, 'config', ...path],
  })
  const actions = isJsonTemplate(path) ? [] : actionsOf(text)
  const drafts = actions
    .filter(action => mayBeMissing(action, text) && !isRequired(rule, action))
    .map(({ text: inside, position }) => {
      const printed = `{{ print ${inside.replace(/^-?\s*|\s*-?$/g, '')} }}`
      return {
        ...found(
          'no-value',
          `{{${inside}}} at position ${position} prints <no value> where it is missing: write ${printed}, or give a default`,
        ),
        // White space is not removed as before where a dash is lost.
        ...(/^-|-$/.test(inside) ? {} : { fix: { from: `{{${inside}}}`, to: printed } }),
      }
    })
  return [...drafts, ...unencoded({ used, path, text }).map(text => found('unencoded', text))]
}

/** Their kinds ask for toJson, which makes null of a missing value. */
const isJsonTemplate = ([key]: Path): boolean => key === 'payload' || key === 'claims'

/** A member of `.Extra` that is printed as it is. */
const member = /^-?\s*(?:\.Extra((?:\.\w+)+)|index\s+\.Extra\s+"([^"]+)")\s*-?$/

function mayBeMissing({ text }: Action, whole: string): boolean {
  const name = memberName(text)
  if (name === undefined) return false
  // Inside a condition about it, it is there.
  return !new RegExp(`\\{\\{-?\\s*(?:if|with)\\b[^}]*${escaped(name)}`).test(whole)
}

const memberName = (action: string): string | undefined => {
  const [, path, key] = member.exec(action) ?? []
  return path?.slice(1).split('.')[0] ?? key
}

/** Every authenticator of the rule refuses a token without the claim. */
function isRequired({ handlers }: LintedRule, action: Action): boolean {
  const name = memberName(action.text)
  const authenticators = handlers.filter(({ stage }) => stage === 'authenticator')
  return authenticators.every(({ config }) => {
    const claims = config['required_claims']
    return Array.isArray(claims) && claims.some(one => isJsonObject(one) && one['path'] === name)
  })
}

interface InPlace extends Template {
  readonly used: UsedHandler
}

const isHeaderOrCookie = (path: Path): boolean => path[0] === 'headers' || path[0] === 'cookies'

/** The value of a header or cookie that is a URL or JSON; `payload` and `claims` are checked by their kinds. */
function unencoded({ path, text }: InPlace): readonly string[] {
  if (!isHeaderOrCookie(path)) return []
  if (/^\s*[[{](?!\{)/.test(text)) return adviseOnJson('', text).map(({ message }) => message)
  if (!/^\s*(?:[a-z][a-z0-9+.-]*:\/\/|\/[^\s{]*\?)/i.test(text)) return []
  return actionsOf(text)
    .filter(action => printsValue(action) && !isHarmless(action))
    .map(
      ({ text: inside, position }) =>
        `{{${inside}}} at position ${position} is not encoded: it can change the URL; pass it to urlquery`,
    )
}

const escaped = (name: string): string => name.replace(/[^\w]/g, '\\$&')
