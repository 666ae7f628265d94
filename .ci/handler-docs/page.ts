/** A handler's page. */
import { stringify } from 'yaml'
import { failureStatus } from '../../src/model/failure.ts'
import { type Row, rowsOf } from './fields.ts'
import type { Documented, Folder } from './kinds.ts'

export interface Example {
  /** Its configuration, for handlers that take any. */
  readonly global?: object
  readonly rule: object
}

const word: Readonly<Record<Folder, string>> = {
  authenticators: 'authenticator',
  authorizers: 'authorizer',
  mutators: 'mutator',
  errors: 'error handler',
}

const made = '<!-- Made by `make docs` from the handler’s file and examples.yaml. -->\n'

export function pageOf(handler: Documented, example: Example): string {
  const { folder, name, header } = handler
  const parts = [
    `${made}\n# ${name}\n\nAn ${word[folder]} that ${header.summary}`.replace(/\bAn (m)/, 'A $1'),
    outcomes(handler),
    header.notes,
    fields(handler),
    globals(handler),
    exampleText(handler, example),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function outcomes({ header, kind }: Documented): string {
  const rows = [...header.parts].map(([name, text]) => `| ${name} | ${withStatuses(text)} |`)
  if (kind.readsBody) rows.push('| Reads | the body of the request |')
  return `| | |\n| --- | --- |\n${rows.join('\n')}`
}

/** The names of failures with their statuses. */
const withStatuses = (text: string): string =>
  Object.entries(failureStatus)
    .reduce(
      (out, [name, status]) => out.replace(new RegExp(`\\b${name}\\b`, 'g'), `\`${name}\` (${status})`),
      text,
    )
    .replaceAll('|', '\\|')

function fields({ kind }: Documented): string {
  if (kind.unchecked) return '## Settings\n\nNone: any `config` is accepted and not read.'
  const rows = rowsOf(kind)
  if (rows.length === 0) return '## Settings\n\nNone.'
  const line = ({ name, type, fallback, text }: Row): string =>
    `| \`${name}\` | ${type} | ${fallback} | ${text.replaceAll('|', '\\|')} |`
  return `## Settings\n\n| setting | type | default | |\n| --- | --- | --- | --- |\n${rows.map(line).join('\n')}`
}

export const configPath = ({ folder, name }: Pick<Documented, 'folder' | 'name'>): readonly string[] =>
  folder === 'errors' ? ['errors', 'handlers', name] : [folder, name]

export const variableOf = (path: readonly string[]): string => path.join('_').toUpperCase()

function globals(handler: Documented): string {
  const path = configPath(handler)
  const [row] = handler.kind.unchecked ? [] : rowsOf(handler.kind)
  const one =
    row === undefined
      ? ''
      : `, such as \`${variableOf([...path, 'config', row.name])}\` for \`${row.name}\``
  const key = path.join('.')
  return [
    `A rule may use it when \`${key}.enabled\` is true (\`${variableOf([...path, 'enabled'])}\` in the environment).`,
    `Settings stand in \`${key}.config\` for all rules${one}, and in a rule’s own \`config\`; the rule’s win.`,
  ].join('\n')
}

function exampleText(handler: Documented, { global, rule }: Example): string {
  const path = configPath(handler)
  const config = path.reduceRight<object>((inner, key) => ({ [key]: inner }), {
    enabled: true,
    ...(global === undefined ? {} : { config: global }),
  })
  return `## Example\n\n\`\`\`yaml\n# the configuration\n${stringify(config)}\`\`\`\n\n\`\`\`yaml\n# in a rule\n${stringify(ruleParts(handler, rule))}\`\`\``
}

export function ruleParts({ folder, name }: Pick<Documented, 'folder' | 'name'>, config: object): object {
  const reference = { handler: name, ...(Object.keys(config).length === 0 ? {} : { config }) }
  return folder === 'authorizers' ? { authorizer: reference } : { [folder]: [reference] }
}
