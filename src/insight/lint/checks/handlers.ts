/** What the kinds of handlers say about their own configs (`advice`), and templates where none is expected. */
import { literalTemplates, literalWarning } from '../../../handlers/config-templates.ts'
import { textOf } from '../../../lib/bytes.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule, UsedHandler } from '../linted.ts'

export const checkHandlers: Check = ({ rules }) =>
  rules.flatMap(rule => [...rule.handlers.flatMap(used => checkOne(rule, used)), ...upstream(rule)])

const checkOne = (rule: LintedRule, used: UsedHandler): readonly Draft[] => [
  ...advice(rule, used),
  ...literals(rule, used),
]

const advice = (rule: LintedRule, used: UsedHandler): readonly Draft[] =>
  (used.kind.advice?.(used.config) ?? []).map(({ code, key, message }) => ({
    code,
    message: `${settingOf(used, key)}: ${textOf(message)}`,
    rule,
    path: [...used.path, 'config', key],
  }))

const literals = (rule: LintedRule, { kind, config, stage, handler, path }: UsedHandler) =>
  literalTemplates(config, kind.templates ?? []).map(
    (literal): Draft => ({
      code: 'template-as-text',
      message: `${stage} "${handler}": ${textOf(literalWarning(literal))}`,
      rule,
      path: [...path, 'config', ...literal.path],
    }),
  )

const upstream = (rule: LintedRule): readonly Draft[] =>
  (['url', 'strip_path'] as const).flatMap(key => {
    const { url, stripPath } = rule.definition.upstream
    const text = key === 'url' ? url : stripPath
    if (!text.includes('{{')) return []
    const message = `upstream.${key}: ${JSON.stringify(textOf(text))} is used literally: this setting is not a template`
    return [{ code: 'template-as-text', message, rule, path: ['upstream', key] }]
  })
